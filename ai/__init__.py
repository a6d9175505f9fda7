"""The bot and what people decide about its proposals. The AI proposes, people decide."""

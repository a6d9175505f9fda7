"""From what people give to text with exact places: sentences now, documents later."""

"""What the commands of `accord` do."""

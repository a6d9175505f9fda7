"""From what people give to text with exact places: uploads, extraction, chunks, embeddings."""

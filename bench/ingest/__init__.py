"""What uploads, reading, embedding and searching of documents cost: `python -m bench.ingest`."""

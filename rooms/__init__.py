"""Live documents and the people in them: ordering, fan-out, presence, compaction."""

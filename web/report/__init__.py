"""Reports of a deliberation, each rendered from its audit bundle and knowing no more than that."""

from __future__ import annotations

from store.testing import SnapshotContract


class TestSnapshots(SnapshotContract):
    """The contract, on every database."""

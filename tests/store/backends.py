"""The databases as the contract suite wants them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from store.database import Database


@dataclass(frozen=True, slots=True)
class Sqlite:
    """One file."""

    path: Path

    @property
    def victim(self) -> Sequence[str]:
        """See `tests.store.victim`."""
        return [sys.executable, "-m", "tests.store.victim", str(self.path)]

    def open(self) -> Database:
        """Return it, to be entered."""
        return Database(self.path)

    def on_disk(self) -> bytes:
        """The file and its write-ahead log."""
        return b"".join(path.read_bytes() for path in self.path.parent.glob(self.path.name + "*"))

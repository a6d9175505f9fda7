"""Honest Yjs clients made with pycrdt, as the tests of `collab` and `rooms` need them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycrdt import Doc, Map, Text

from collab.document import SEED, STATEMENT
from collab.origins import Origin, Via

GOLDEN = Path(__file__).parent / "golden" / "yjs_updates.jsonl"

ALICE = Origin("alice", Via.SOCKET)
BOB = Origin("bob", Via.SOCKET)


@dataclass(frozen=True, slots=True)
class History:
    """A random history of three JavaScript clients: their updates, the end state, its text."""

    updates: list[bytes]
    state: bytes
    text: str


def histories() -> list[History]:
    """Return what `tests/e2e/npm/capture.mjs` recorded from Yjs in Node."""
    found = []
    for line in GOLDEN.read_text().splitlines():
        one = json.loads(line)
        found.append(
            History(
                [bytes.fromhex(update) for update in one["updates"]],
                bytes.fromhex(one["state"]),
                one["text"],
            )
        )
    return found


class Peer:
    """One client with a document of its own."""

    def __init__(self, client_id: int, *, seeded: bool = True) -> None:
        self.doc: Doc[Any] = Doc(client_id=client_id)
        if seeded:
            self.doc.apply_update(SEED)

    @property
    def text(self) -> Text:
        """The statement."""
        text: Text = self.doc.get(STATEMENT, type=Text)
        return text

    def map(self, name: str) -> Map[Any]:
        """One of the maps."""
        found: Map[Any] = self.doc.get(name, type=Map)
        return found

    def edit(self, change: Callable[[Peer], None]) -> bytes:
        """Change something; return the update a client would send."""
        before = self.doc.get_state()
        with self.doc.transaction():
            change(self)
        return self.doc.get_update(before)

    def type(self, words: str, at: int | None = None) -> bytes:
        """Insert words at a byte offset, by default before the final newline."""
        place = len(self.text) - 1 if at is None else at
        return self.edit(lambda peer: peer.text.insert(place, words))

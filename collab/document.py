"""
The shared document: the one module that touches the engine's untyped, panicking edges.

pycrdt raises `ValueError` on bytes it cannot read and, deeper inside, a `PanicException`, which is a
`BaseException` that `except Exception` does not catch. Both stop here. A panic leaves the document in an
unknown state, so it says `DocumentBroken` from then on; whoever holds it drops it and loads it again.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeAlias

import pycrdt
from pycrdt import Doc, Map, Text

from collab.errors import DocumentBroken, ProtocolError
from collab.ranges import RangeSet
from collab.structs import Update, read_state_vector, read_update

STATEMENT = "consensus-statement"
SUGGESTIONS = "suggestions"
COMMENTS = "comments"
SESSION = "session"

ROOT_MAPS = (SUGGESTIONS, COMMENTS, SESSION)

#: Client ids below this are the server's own; no client may use them.
RESERVED_CLIENTS = 16
SEED_CLIENT = 1
SERVER_CLIENT = 2

#: What every new document starts with: one newline, always the same struct, so that a document seeded
#: twice is still seeded once. ``1 client, 1 struct, client 1, clock 0, text in root, "\n"``.
SEED = bytes((1, 1, SEED_CLIENT, 0, 4, 1, len(STATEMENT))) + STATEMENT.encode() + b"\x01\n\x00"

#: An update that holds nothing, v1.
NOTHING = b"\x00\x00"

Engine: TypeAlias = "Doc[Any]"


class Document:
    """
    One Yjs document in memory. Not thread-safe: made, used and dropped in one thread.

    Args:
        client_id: Whose edits `edit` makes.
        state: Yjs update, v1, to start from.
    """

    def __init__(self, *, client_id: int = SERVER_CLIENT, state: bytes = NOTHING) -> None:
        self._engine: Engine = Doc(client_id=client_id)
        self._broken = False
        if state != NOTHING:
            self.apply(state)

    def apply(self, *updates: bytes) -> None:
        """
        Apply Yjs updates, v1, that were read by `collab.structs` before, in one transaction.

        Raises:
            DocumentBroken: If the engine refuses one or fails; the document is lost.
        """
        if len(updates) == 1:  # is a transaction by itself
            with self._engine_call():
                self._engine.apply_update(updates[0])
            return
        with self._engine_call(), self._engine.transaction():
            for update in updates:
                self._engine.apply_update(update)

    @property
    def broken(self) -> bool:
        """Whether the engine has failed in this document: it is lost."""
        return self._broken

    def state_vector(self) -> bytes:
        """Return the Yjs state vector, v1."""
        with self._engine_call():
            return self._engine.get_state()

    def encode(self) -> bytes:
        """Return everything as one Yjs update, v1."""
        with self._engine_call():
            return self._engine.get_update()

    def missing_for(self, state_vector: bytes) -> bytes:
        """
        Return the update, v1, that brings a peer at `state_vector` up to date.

        Raises:
            ProtocolError: If `state_vector` is not one.
        """
        read_state_vector(state_vector)
        with self._engine_call():
            return self._engine.get_update(state_vector)

    def fork(self) -> Document:
        """Return a copy to try things on."""
        return Document(client_id=self._engine.client_id, state=self.encode())

    def same_as(self, other: Document) -> bool:
        """
        Whether two documents hold the same: the same units, the same deletions, and both read alike.

        Not their bytes: the engine joins neighbouring structs or does not, depending on how they came.
        """
        mine, others = read_update(self.encode()), read_update(other.encode())
        return (
            _clocks(mine) == _clocks(others)
            and _deletions(mine) == _deletions(others)
            and self.statement.diff() == other.statement.diff()
            and all(
                self.root_map(name).to_py() == other.root_map(name).to_py() for name in ROOT_MAPS
            )
        )

    def edit(self, change: Callable[[Document], object]) -> bytes:
        """
        Run `change` on this document in one transaction.

        Returns:
            What it did, as a Yjs update, v1. Deletions made before may be in it as well.
        """
        before = self.state_vector()
        with self._engine_call(), self._engine.transaction():
            change(self)
        return self.missing_for(before)

    @property
    def statement(self) -> Text:
        """The statement. Offsets are bytes: only `collab.positions` may pass one."""
        with self._engine_call():
            text: Text = self._engine.get(STATEMENT, type=Text)
        return text

    def follow_statement(self, follow: Callable[[list[dict[str, Any]]], object]) -> object:
        """
        Call `follow` with what each transaction does to the statement: a delta that counts bytes.

        Returns:
            Something to keep for as long as it is to be called.
        """
        # `Text.observe` makes an object of every part of what happened, which takes longer than the edit did.
        return self.statement.integrated.observe(lambda event: follow(list(event.delta)))

    def root_map(self, name: str) -> Map[Any]:
        """Return one of the roots that are maps."""
        with self._engine_call():
            root: Map[Any] = self._engine.get(name, type=Map)
        return root

    def _engine_call(self) -> _EngineCall:
        return _EngineCall(self)

    def failed(self, exc: BaseException) -> DocumentBroken | None:
        """Return what an exception out of the engine means for the document; None if it is none of the engine's."""
        if isinstance(exc, ValueError):
            self._broken = True
            return DocumentBroken(f"the engine refused an update: {exc}")
        if type(exc).__name__ == "PanicException" or isinstance(exc, RuntimeError | MemoryError):
            self._broken = True
            return DocumentBroken(f"the engine failed: {exc}")
        return None


class _EngineCall:
    """The edge to the engine: ``with`` it, and only `DocumentBroken` comes out. A generator would cost more than it."""

    __slots__ = ("_document",)

    def __init__(self, document: Document) -> None:
        self._document = document

    def __enter__(self) -> None:
        if self._document.broken:
            raise DocumentBroken("this document failed before and was not reloaded")

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is None or isinstance(exc, DocumentBroken):
            return
        broken = self._document.failed(exc)
        if broken is not None:
            raise broken from (exc if isinstance(exc, ValueError) else None)


def check_decodable(update: bytes) -> None:
    """
    Let the engine read an update without applying it. Only for bytes `collab.structs` has read.

    Raises:
        ProtocolError: If the engine does not take it (20,000 mutants: it then never applies either).
    """
    try:
        pycrdt.get_state(update)
    except ValueError as exc:
        raise ProtocolError("the engine cannot read this update") from exc


def is_empty(update: bytes) -> bool:
    """Whether an update, v1, holds neither structs nor deletions."""
    read = read_update(update)
    return not read.blocks and not read.deletes


def _clocks(update: Update) -> dict[int, int]:
    return {block.client: block.end for block in update.blocks}


def _deletions(update: Update) -> dict[int, list[tuple[int, int]]]:
    found = {}
    for client, ranges in update.deletes.items():
        kept = RangeSet()
        for first, end in ranges:
            kept.add(first, end)
        found[client] = list(kept)
    return found

"""A document in memory as the store has it, and what is made of it for those who come."""

from __future__ import annotations

from dataclasses import dataclass, field

from collab.accepted import Accepted
from collab.document import RESERVED_CLIENTS, Document
from collab.messages import sync_message
from rooms.broadcast import Frame

#: Frames kept for those who come to the same point before the next edit.
_KEPT_DIFFERENCES = 8


@dataclass(slots=True)
class Loaded:
    """
    A room as the store has it.

    Attributes:
        document: The document.
        accepted: What it has accepted; the same state.
        seq: The last update in both.
        snapshot_seq: The last update in the newest snapshot.
        offenders: People whose updates were found to break the document and were set aside just now.
    """

    document: Document
    accepted: Accepted
    seq: int
    snapshot_seq: int
    offenders: frozenset[str] = frozenset()
    _differences: dict[tuple[int, bytes], Frame] = field(default_factory=dict)
    _known_clients: set[int] = field(init=False)
    _clocks_seen: int = field(init=False)

    def __post_init__(self) -> None:
        self._clocks_seen = len(self.accepted.clocks)
        self._known_clients = {one for one in self.accepted.clocks if one >= RESERVED_CLIENTS}

    def apply(self, update: bytes) -> None:
        """
        Apply an update that was accepted.

        Raises:
            DocumentBroken: The document is lost.
        """
        self.document.apply(update)
        self._differences.clear()

    def difference(self, kind: int, state_vector: bytes) -> Frame:
        """
        Return what brings a peer up to the document: the same frame for all who are at the same point.

        Args:
            kind: ``STEP2`` for an answer, ``UPDATE`` for news.
            state_vector: Where the peer is: Yjs state vector, v1.

        Raises:
            ProtocolError: If `state_vector` is not one.
            DocumentBroken: The document is lost.
        """
        frame = self._differences.get((kind, state_vector))
        if frame is None:
            frame = Frame(sync_message(kind, self.document.missing_for(state_vector)))
            if len(self._differences) >= _KEPT_DIFFERENCES:
                self._differences.clear()
            self._differences[kind, state_vector] = frame
        return frame

    def new_clients(self) -> tuple[int, ...]:
        """Return client ids that have become somebody's since this was last asked."""
        clocks = self.accepted.clocks
        if len(clocks) == self._clocks_seen:
            return ()
        self._clocks_seen = len(clocks)
        new = [one for one in clocks if one >= RESERVED_CLIENTS and one not in self._known_clients]
        self._known_clients.update(new)
        return tuple(new)

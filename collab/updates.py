"""
Accepted updates, and putting several into one frame.

The engine can merge updates too; it loses an item between garbage-collected ranges. What was accepted continues, client
by client, exactly where the last one ended, so here merging is joining bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collab.ranges import RangeSet
from collab.structs import write_update

#: Client id -> ranges of clocks.
Deletes = dict[int, list[tuple[int, int]]]


@dataclass(
    slots=True
)  # not frozen: some are made for every edit, and that costs three times as much
class RawBlock:
    """
    The structs of one client as bytes.

    Attributes:
        clock, end: First clock, one past the last.
        count: How many structs.
    """

    client: int
    clock: int
    end: int
    count: int
    raw: bytes


@dataclass(slots=True)
class AcceptedUpdate:
    """
    What of an update is new and allowed.

    Attributes:
        data: As a Yjs update, v1.
        blocks, deletes: The same, taken apart.
    """

    data: bytes
    blocks: tuple[RawBlock, ...]
    deletes: Deletes


def merge(updates: Sequence[AcceptedUpdate]) -> list[bytes]:
    """
    Return Yjs updates, v1, that together hold what these hold: one, as good as always.

    A block that does not continue the one before it (its first struct reaches back into what was known) begins
    an update of its own.
    """
    if len(updates) == 1:
        return [updates[0].data]
    merged = []
    joint = _Joint()
    for update in updates:
        if not joint.continues(update):
            merged.append(joint.encode())
            joint = _Joint()
        joint.add(update)
    return [*merged, joint.encode()]


class _Joint:
    """Updates being joined."""

    def __init__(self) -> None:
        self._blocks: dict[int, list[RawBlock]] = {}
        self._deletes: dict[int, RangeSet] = {}

    def continues(self, update: AcceptedUpdate) -> bool:
        """Whether an update goes on where this one ends."""
        return all(
            one.client not in self._blocks or self._blocks[one.client][-1].end == one.clock
            for one in update.blocks
        )

    def add(self, update: AcceptedUpdate) -> None:
        """Join it."""
        for one in update.blocks:
            self._blocks.setdefault(one.client, []).append(one)
        for client, ranges in update.deletes.items():
            kept = self._deletes.setdefault(client, RangeSet())
            for first, end in ranges:
                kept.add(first, end)

    def encode(self) -> bytes:
        """Return all of it as one update."""
        blocks = [
            (
                client,
                found[0].clock,
                sum(one.count for one in found),
                b"".join(one.raw for one in found),
            )
            for client, found in self._blocks.items()
        ]
        return write_update(blocks, {client: list(kept) for client, kept in self._deletes.items()})

"""
What a room has accepted: the state that every new update is checked against.

It runs ahead of the document. An update is accepted, then committed, then applied; the next update of the same
client arrives while the previous one is still in commit, so checking against the applied document would
refuse honest work (415 of 550 updates in a measurement). It holds no text: per client the next clock, the
deleted ranges, the owner, and for every unit the place it is in.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from collab.document import RESERVED_CLIENTS, SESSION, STATEMENT, check_decodable
from collab.errors import ClockGap, ForeignClient, ProtocolError, ServerOnly, TooLarge, Unsupported
from collab.origins import Origin, Via
from collab.ranges import RangeSet
from collab.structs import (
    ANY,
    BINARY,
    DELETED,
    GC,
    JSON,
    SKIP,
    TYPE,
    XML_ELEMENT,
    Block,
    Id,
    Struct,
    Update,
    read_update,
    write_state_vector,
    write_update,
)

#: Roots that only the server writes.
SERVER_ROOTS = frozenset({SESSION})

#: Client id -> ranges of clocks.
Deletes = dict[int, list[tuple[int, int]]]

#: Where a unit is: its parent (a root name or a type's id) and its key, if the parent is a map.
Place = tuple[str | Id, str | None]

#: The place of what was garbage-collected: it may hold on to anything, and nothing shows it.
GONE: Place = ("", None)


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """
    Attributes:
        max_update_bytes: One accepted update, after what is already known was taken off.
        max_document_bytes: The whole document, by the sum of accepted updates since its last encoding.
        max_type_depth: Shared types inside shared types.
    """

    max_update_bytes: int = 256 * 1024
    max_document_bytes: int = 10 * 1024 * 1024
    max_type_depth: int = 32


class Accepted:
    """The accepted state of one document. `admit` is the one door; `absorb` is for what the log already holds."""

    def __init__(self, limits: DocumentLimits | None = None) -> None:
        self.limits = limits or DocumentLimits()
        #: Bytes accepted since the document was last measured as a whole.
        self.size = 0
        self._clocks: dict[int, int] = {}
        self._owners: dict[int, str] = {}
        self._deleted: dict[int, RangeSet] = {}
        self._places: dict[int, Places] = {}
        self._types: set[Id] = set()

    @property
    def clocks(self) -> Mapping[int, int]:
        """Client id -> next clock."""
        return self._clocks

    def state_vector(self) -> bytes:
        """Return the Yjs state vector, v1, of all that was accepted."""
        return write_state_vector(self._clocks)

    def owner(self, client: int) -> str | None:
        """Return the person a client id belongs to in this room."""
        return self._owners.get(client)

    def reserve(self, client: int, person: str) -> bool:
        """
        Give a client id to a person, for good; return whether it is theirs now.

        Whoever shows presence under an id has it before the first struct: presence is public, and an id that
        could be taken from there would lock its owner out.
        """
        return self._owners.setdefault(client, person) == person

    def admit(self, data: bytes, origin: Origin) -> bytes | None:
        """
        Check one update and take it into the accepted state.

        Args:
            data: Yjs update, v1, as received.
            origin: Who sent it.

        Returns:
            The bytes to log and apply: what of the update is new, or None if nothing is.

        Raises:
            ProtocolError: The bytes are not an update, or too many. Nothing changed.
            UpdateRefused: The update is not allowed here. Nothing changed.
            ClockGap: It builds on work that was not seen. Nothing changed.
        """
        update = read_update(data)
        blocks, deletes = self._what_is_new(update)
        if not blocks and not deletes:
            return None
        kept = _encode(update, blocks, deletes)
        check_decodable(kept)
        self._check_sizes(len(kept))
        self._check_owners(blocks, origin)
        ordered = self._in_order(blocks)
        self._check_deletes_are_known(blocks, deletes)
        staged = _Staged(self._places, self._types)
        for client, struct in ordered:
            place = staged.add(client, struct)
            self._check_place(staged, struct, place, origin)
        if origin.via is not Via.SERVER:
            self._check_deletes_are_allowed(staged, deletes)
        self._take(blocks, deletes, staged)
        for block in blocks:
            if block.client >= RESERVED_CLIENTS:
                self._owners.setdefault(block.client, origin.person)
        self.size += len(kept)
        return kept

    def knows(self, data: bytes) -> bool:
        """
        Whether an update holds nothing new.

        Raises:
            ProtocolError: The bytes are not an update.
        """
        try:
            blocks, deletes = self._what_is_new(read_update(data))
        except ClockGap:
            return False
        return not blocks and not deletes

    def absorb(self, data: bytes) -> None:
        """
        Take in an update that the log already holds, without asking whether it is allowed.

        Raises:
            ProtocolError: The stored bytes are not an update.
            ClockGap: The log has a hole.
        """
        update = read_update(data)
        blocks, deletes = self._what_is_new(update)
        staged = _Staged(self._places, self._types)
        for client, struct in self._in_order(blocks):
            staged.add(client, struct)
        self._check_deletes_are_known(blocks, deletes)
        self._take(blocks, deletes, staged)
        self.size += len(data)

    def _what_is_new(self, update: Update) -> tuple[list[Block], Deletes]:
        """Take off leading structs that are known, and deletions that are known."""
        blocks = []
        for block in update.blocks:
            known = self._clocks.get(block.client, 0)
            if block.clock > known:
                raise ClockGap(f"client {block.client} starts at {block.clock}, known to {known}")
            if block.clock == known:
                new = block
            elif block.end <= known:
                continue
            else:
                structs = [one for one in block.structs if one.clock + one.length > known]
                new = Block(block.client, structs)
            if any(one.kind == SKIP for one in new.structs):
                raise ClockGap(f"client {block.client} leaves out clocks")
            blocks.append(new)
        deletes = {}
        for client, ranges in update.deletes.items():
            deleted = self._deleted.get(client)
            if deleted is not None:
                ranges = [gap for first, end in ranges for gap in deleted.missing(first, end)]
            if ranges:
                deletes[client] = ranges
        return blocks, deletes

    def _check_sizes(self, new_bytes: int) -> None:
        limits = self.limits
        if new_bytes > limits.max_update_bytes:
            raise TooLarge("update", size=new_bytes, limit=limits.max_update_bytes)
        if self.size + new_bytes > limits.max_document_bytes:
            size = self.size + new_bytes
            raise TooLarge("document", size=size, limit=limits.max_document_bytes)

    def _check_owners(self, blocks: list[Block], origin: Origin) -> None:
        for block in blocks:
            if block.client < RESERVED_CLIENTS:
                allowed = origin.via is not Via.SOCKET
            else:
                allowed = self._owners.get(block.client, origin.person) == origin.person
            if not allowed:
                raise ForeignClient(block.client)

    def _check_deletes_are_known(self, blocks: list[Block], deletes: Deletes) -> None:
        if not deletes:
            return
        ends = {block.client: block.end for block in blocks}
        for client, ranges in deletes.items():
            limit = max(self._clocks.get(client, 0), ends.get(client, 0))
            if any(end > limit for _, end in ranges):
                raise ClockGap(f"deletes units of client {client} that were not seen")

    def _in_order(self, blocks: list[Block]) -> list[tuple[int, Struct]]:
        """Return new structs in an order in which each comes after all it refers to."""
        if len(blocks) != 1:
            return _integration_order(blocks, self._clocks)
        own = blocks[0].client
        for struct in blocks[0].structs:
            for client, clock in _references(struct):
                if client != own and clock >= self._clocks.get(client, 0):
                    raise ClockGap(f"refers to client {client} at {clock}, which was not seen")
        return [(own, struct) for struct in blocks[0].structs]

    def _check_place(self, staged: _Staged, struct: Struct, place: Place, origin: Origin) -> None:
        """A struct stands between neighbours of its own place, in a type that may hold it."""
        if place is GONE:
            return
        if struct.right_origin is not None and struct.origin is not None:
            other = staged.at(struct.right_origin)
            if other != place and other is not GONE:
                raise Unsupported("an item between neighbours of different places")
        parent, key = place
        if isinstance(parent, tuple) and not (staged.is_type(parent) or self._is_deleted(parent)):
            raise Unsupported("an item inside something that is not a shared type")
        root, depth = staged.root(place, self.limits.max_type_depth)
        if root in SERVER_ROOTS and origin.via is not Via.SERVER:
            raise ServerOnly(root)
        if place == (STATEMENT, None) and struct.kind in (ANY, BINARY, JSON, TYPE):
            raise Unsupported("the statement holds text and embeds only")
        if struct.kind == TYPE:
            if struct.type_ref >= XML_ELEMENT and key is not None:
                raise Unsupported("XML inside a map cannot be read back")
            if depth >= self.limits.max_type_depth:
                raise Unsupported(f"types nested deeper than {self.limits.max_type_depth}")

    def _check_deletes_are_allowed(self, staged: _Staged, deletes: Deletes) -> None:
        for client, ranges in deletes.items():
            for first, end in ranges:
                for place in staged.between(client, first, end):
                    root, _ = staged.root(place, self.limits.max_type_depth)
                    if root in SERVER_ROOTS:
                        raise ServerOnly(root)

    def _is_deleted(self, unit: Id) -> bool:
        deleted = self._deleted.get(unit[0])
        return deleted is not None and not deleted.missing(unit[1], unit[1] + 1)

    def _take(self, blocks: list[Block], deletes: Deletes, staged: _Staged) -> None:
        for client, places in staged.places.items():
            known = self._places.get(client)
            if known is None:
                self._places[client] = places
            else:
                for first, end, place in places:
                    known.append(first, end, place)
        self._types |= staged.types
        for block in blocks:
            self._clocks[block.client] = block.end
            for struct in block.structs:
                if struct.kind in (GC, DELETED):
                    self._mark_deleted(block.client, struct.clock, struct.clock + struct.length)
        for client, ranges in deletes.items():
            for first, end in ranges:
                self._mark_deleted(client, first, end)

    def _mark_deleted(self, client: int, first: int, end: int) -> None:
        self._deleted.setdefault(client, RangeSet()).add(first, end)


class Places:
    """The places of one client's units, as runs in clock order."""

    __slots__ = ("_ends", "_firsts", "_places")

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._ends: list[int] = []
        self._places: list[Place] = []

    def __iter__(self) -> Iterator[tuple[int, int, Place]]:
        return iter(zip(self._firsts, self._ends, self._places, strict=True))

    def append(self, first: int, end: int, place: Place) -> None:
        """Add a run; what overlaps the last one is known already."""
        if self._ends:
            last = self._ends[-1]
            if first <= last:
                if end <= last:
                    return
                if place == self._places[-1]:
                    self._ends[-1] = end
                    return
                first = last
        self._firsts.append(first)
        self._ends.append(end)
        self._places.append(place)

    def at(self, clock: int) -> Place | None:
        """Return where a unit is, None if it is not known."""
        index = bisect_right(self._firsts, clock) - 1
        if index < 0 or clock >= self._ends[index]:
            return None
        return self._places[index]

    def between(self, first: int, end: int) -> list[Place]:
        """Return the places that the units of ``[first, end)`` are in."""
        return self._places[bisect_right(self._ends, first) : bisect_left(self._firsts, end)]


class _Staged:
    """The places of an update's structs on top of the known ones, until the update is taken or refused."""

    __slots__ = ("_known", "_known_types", "places", "types")

    def __init__(self, known: Mapping[int, Places], known_types: set[Id]) -> None:
        self._known = known
        self._known_types = known_types
        self.places: dict[int, Places] = {}
        self.types: set[Id] = set()

    def add(self, client: int, struct: Struct) -> Place:
        """Find out where a struct is; everything it refers to was added before."""
        place = self._of(struct)
        own = self.places.get(client)
        if own is None:
            own = self.places[client] = Places()
        own.append(struct.clock, struct.clock + struct.length, place)
        if struct.kind == TYPE:
            self.types.add((client, struct.clock))
        return place

    def _of(self, struct: Struct) -> Place:
        if struct.kind == GC:
            return GONE
        if struct.parent is not None:
            return struct.parent, struct.parent_sub
        unit = struct.origin or struct.right_origin
        assert unit is not None  # the reader gives a struct origins or a parent
        return self.at(unit)

    def at(self, unit: Id) -> Place:
        client, clock = unit
        for places in (self.places.get(client), self._known.get(client)):
            place = places.at(clock) if places is not None else None
            if place is not None:
                return place
        return GONE

    def between(self, client: int, first: int, end: int) -> Iterator[Place]:
        for places in (self.places.get(client), self._known.get(client)):
            if places is not None:
                yield from places.between(first, end)

    def is_type(self, unit: Id) -> bool:
        return unit in self.types or unit in self._known_types

    def root(self, place: Place, max_depth: int) -> tuple[str | None, int]:
        """Return the root type a place is under (None if that is gone) and how many types lie between."""
        for depth in range(max_depth + 1):
            if place is GONE:
                return None, depth
            parent = place[0]
            if isinstance(parent, str):
                return parent, depth
            place = self.at(parent)
        raise Unsupported(f"types nested deeper than {max_depth}")


def _references(struct: Struct) -> list[Id]:
    found = []
    if struct.origin is not None:
        found.append(struct.origin)
    if struct.right_origin is not None:
        found.append(struct.right_origin)
    if isinstance(struct.parent, tuple):
        found.append(struct.parent)
    return found


def _integration_order(blocks: list[Block], clocks: Mapping[int, int]) -> list[tuple[int, Struct]]:
    """
    Walk the structs of several clients as an integration would, each after all it refers to.

    Raises:
        ClockGap: If something referred to is neither known nor in the update.
        ProtocolError: If structs wait for each other in a circle (the engine would park them for ever).
    """
    ordered: list[tuple[int, Struct]] = []
    structs = {block.client: block.structs for block in blocks}
    ends = {block.client: block.end for block in blocks}
    done = {client: clocks.get(client, 0) for client in structs}
    at = dict.fromkeys(structs, 0)
    waiting: dict[int, list[tuple[int, int]]] = {}  # client -> heap of (clock wanted, who waits)
    ready = list(structs)
    while ready:
        client = ready.pop()
        own = structs[client]
        while at[client] < len(own):
            struct = own[at[client]]
            wanted = _first_missing(struct, done, ends, clocks)
            if wanted is not None:
                heappush(waiting.setdefault(wanted[0], []), (wanted[1], client))
                break
            ordered.append((client, struct))
            done[client] = struct.clock + struct.length
            at[client] += 1
        line = waiting.get(client)
        while line and line[0][0] < done[client]:
            ready.append(heappop(line)[1])
    if len(ordered) != sum(map(len, structs.values())):
        raise ProtocolError("structs that wait for each other")
    return ordered


def _first_missing(
    struct: Struct, done: Mapping[int, int], ends: Mapping[int, int], clocks: Mapping[int, int]
) -> Id | None:
    for client, clock in _references(struct):
        if clock >= done.get(client, clocks.get(client, 0)):
            if clock >= ends.get(client, 0):
                raise ClockGap(f"refers to client {client} at {clock}, which was not seen")
            return client, clock
    return None


def _encode(update: Update, blocks: list[Block], deletes: Deletes) -> bytes:
    """Write the new part of an update; its own bytes if all of it is new."""
    if blocks == update.blocks and deletes == update.deletes:
        return update.data
    return write_update(
        [
            (
                block.client,
                block.clock,
                len(block.structs),
                update.data[block.structs[0].start : block.structs[-1].end],
            )
            for block in blocks
        ],
        deletes,
    )

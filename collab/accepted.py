"""
What a room has accepted: the state that every new update is checked against.

It runs ahead of the document. An update is accepted, then committed, then applied; the next update of the same
client arrives while the previous one is still in commit, so checking against the applied document would
refuse honest work (415 of 550 updates in a measurement). It holds no text: per client the next clock, the
deleted ranges, the owner, and for every unit the place it is in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise

from collab.document import RESERVED_CLIENTS, ROOT_MAPS, SESSION, STATEMENT, check_decodable
from collab.errors import (
    ClockGap,
    CollabError,
    DocumentFull,
    ForeignClient,
    ProtocolError,
    ServerOnly,
    SetAside,
    TooLarge,
    Unsupported,
)
from collab.keystrokes import Typists
from collab.origins import Origin, Via
from collab.ranges import RangeSet
from collab.sequence import Line, Order, Run
from collab.structs import (
    ANY,
    ARRAY,
    BINARY,
    DELETED,
    EMBED,
    FORMAT,
    GC,
    MAP,
    SKIP,
    STRING,
    TEXT,
    TYPE,
    XML_ELEMENT,
    XML_FRAGMENT,
    XML_TEXT,
    Block,
    Id,
    Struct,
    Update,
    read_update,
    write_state_vector,
    write_update,
)
from collab.updates import AcceptedUpdate, Deletes, RawBlock
from collab.wire import write_var_uint

#: Roots that only the server writes.
SERVER_ROOTS = frozenset({SESSION})

#: Kinds of content that Yjs writes into a text, and under a key of a map.
_IN_TEXT = frozenset({STRING, EMBED, FORMAT, DELETED})
_IN_A_MAP = frozenset({ANY, BINARY, TYPE, DELETED})

#: Kinds of content that Yjs writes into each shared type between its neighbours; a map has none.
_CHILDREN = {
    ARRAY: frozenset({ANY, BINARY, TYPE, DELETED}),
    MAP: frozenset[int](),
    TEXT: _IN_TEXT,
    XML_TEXT: _IN_TEXT,
    XML_ELEMENT: frozenset({TYPE, DELETED}),
    XML_FRAGMENT: frozenset({TYPE, DELETED}),
}

#: Where a unit is: its parent (a root name or a type's id) and its key, if the parent is a map.
Place = tuple[str | Id, str | None]


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
        self._banned: set[int] = set()
        self._deleted: dict[int, RangeSet] = {}
        self._order = Order()
        self._lines: dict[Place, Line] = {}
        #: Shared types by the unit they are made of, and what each is.
        self._types: dict[Id, int] = {}
        self._halves: dict[int, set[int]] = {}
        self._typists = Typists()

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

    def inherit(self, former: Accepted) -> None:
        """Keep what `former` knew of whose client ids are whose, where this does not know otherwise."""
        for client, person in former._owners.items():
            self._owners.setdefault(client, person)

    def ban(self, clients: Iterable[int]) -> None:
        """Take nothing more from these client ids: what they send next builds on work that was set aside."""
        self._banned.update(clients)
        self._typists.clear()

    def admit(self, data: bytes, origin: Origin) -> AcceptedUpdate | None:
        """
        Check one update and take it into the accepted state.

        Args:
            data: Yjs update, v1, as received.
            origin: Who sent it.

        Returns:
            What to log, apply and show: what of the update is new, or None if nothing is.

        Raises:
            ProtocolError: The bytes are not an update, or too many. Nothing changed.
            UpdateRefused: The update is not allowed here. Nothing changed.
            ClockGap: It builds on work that was not seen. Nothing changed.
        """
        update = read_update(data, self._clocks, self.limits.max_update_bytes)
        blocks, deletes = self._what_is_new(update)
        if not blocks and not deletes:
            return None
        self._check_owners(blocks, origin)
        self._check_deletes_are_known(blocks, deletes)
        taken = _Taken()
        self._order.begin()
        try:
            for client, struct in self._in_order(blocks):
                self._admit_struct(taken, client, struct, origin)
            self._check_deletes(deletes, origin)
            kept = _accepted(update, blocks, deletes)
            self._check_sizes(len(kept.data), grows=bool(blocks) and origin.via is not Via.SERVER)
            check_decodable(kept.data)
        except CollabError:
            self._give_back(taken)
            raise
        self._take(blocks, deletes)
        for block in blocks:
            if block.client >= RESERVED_CLIENTS:
                self._owners.setdefault(block.client, origin.person)
        self.size += len(kept.data)
        if len(blocks) == 1 and origin.via is Via.SOCKET:
            self._note_typing(blocks[0], origin.person)
        return kept

    def type_on(self, data: bytes, person: str) -> AcceptedUpdate | None:
        """
        Admit some letters more where a client of this person typed last, into the statement, if that is what this is.

        What it admits `admit` would have admitted, with the same result, and nothing of it is left to check: the
        place is that of the letters before, and nobody has written between them and their right neighbour meanwhile.
        It refuses nothing; whatever is otherwise is for `admit`.

        Args:
            data: Yjs update, v1, as received over a socket.
        """
        typist = self._typists.of(data)
        if typist is None or typist.person != person:
            return None
        length = typist.letters(data)
        run, size, limits = typist.run, len(data), self.limits
        clock, right = run.end, run.right
        if (
            length == 0
            or self._clocks[run.client] != clock
            or (right is not None and right.origin == (run.client, clock - 1))
            or size > limits.max_update_bytes
            or self.size + size > limits.max_document_bytes
        ):
            return None
        self._clocks[run.client] = clock + length
        self.size += size
        return typist.take(data, length)

    def _note_typing(self, block: Block, person: str) -> None:
        """If a client has just typed into the statement, remember where: it may type on."""
        if block.client < RESERVED_CLIENTS or block.structs[-1].kind != STRING:
            return
        run = self._order.last(block.client)
        if run is not None and run.line is not None and run.line.parent == STATEMENT:
            self._typists.note(run, person)

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
            Unsupported: It holds what the engine could not have written.
        """
        update = read_update(data)
        blocks, deletes = self._what_is_new(update)
        self._check_deletes_are_known(blocks, deletes)
        taken = _Taken()
        for client, struct in self._in_order(blocks):
            self._place(taken, client, struct, trusted=True)
        self._take(blocks, deletes)
        self.size += len(data)

    def measured(self, size: int) -> None:
        """The document takes so many bytes: what was deleted counts no longer."""
        self.size = size

    # -- what of an update counts

    def _what_is_new(self, update: Update) -> tuple[list[Block], Deletes]:
        """Take off what is known: leading structs, the beginning of a struct, deletions."""
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
            if not _is_sorted(ranges):  # the engine loses some of those when it merges
                ranges = _sorted(ranges)
            if deleted is not None:
                ranges = [gap for first, end in ranges for gap in deleted.missing(first, end)]
            if ranges:
                deletes[client] = ranges
        return blocks, deletes

    def _check_sizes(self, new_bytes: int, *, grows: bool) -> None:
        """Deletions are taken in a full document too, or it could never be made smaller; so are the server's notes."""
        limits = self.limits
        if new_bytes > limits.max_update_bytes:
            raise TooLarge("update", size=new_bytes, limit=limits.max_update_bytes)
        if grows and self.size + new_bytes > limits.max_document_bytes:
            size = self.size + new_bytes
            raise DocumentFull(size=size, limit=limits.max_document_bytes)

    def _check_owners(self, blocks: list[Block], origin: Origin) -> None:
        for block in blocks:
            if block.client in self._banned:
                raise SetAside
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

    # -- one struct

    def _admit_struct(self, taken: _Taken, client: int, struct: Struct, origin: Origin) -> None:
        """Check a struct and put it in its place."""
        self._check_cut(struct)
        begun = self._begun(client, struct)
        gone = self._is_buried(struct) or (begun is not None and begun.line is None)
        line = None if gone else self._line_of(struct)
        if line is not None:
            if begun is not None:
                _check_goes_on(struct, begun, line)
            self._check_line(struct, line, origin)
        elif struct.kind != GC:
            _bury(struct)
        self._place(taken, client, struct)

    def _place(self, taken: _Taken, client: int, struct: Struct, *, trusted: bool = False) -> None:
        """Put a struct where it stands. Of one that is known in part, the rest continues the known part."""
        begun = self._begun(client, struct)
        skipped = begun.end - struct.clock if begun is not None else 0
        clock, length = struct.clock + skipped, struct.length - skipped
        line = self._line_of(struct)
        added: Run | int
        if line is None:
            added = self._order.bury(client, clock, length)
        else:
            left = (client, clock - 1) if skipped else struct.origin
            added = self._order.place(
                line, client, clock, length, left, struct.right_origin, trusted=trusted
            )
        taken.added.append((client, added))
        if struct.kind == TYPE:
            self._types[client, struct.clock] = struct.type_ref
            taken.types.append((client, struct.clock))
        if struct.halves:
            clocks = self._halves.setdefault(client, set())
            new = {struct.clock + offset for offset in struct.halves} - clocks
            clocks |= new
            taken.halves.append((client, new))

    def _begun(self, client: int, struct: Struct) -> Run | None:
        """Return where the known part of a struct ends, which its rest goes on from; None if all of it is new."""
        last = self._order.last(client)
        return last if last is not None and last.end > struct.clock else None

    def _give_back(self, taken: _Taken) -> None:
        """Undo what a refused update has put in place so far."""
        for client, added in reversed(taken.added):
            self._order.undo(client, added)
        for unit in taken.types:
            self._types.pop(unit, None)
        for client, clocks in taken.halves:
            self._halves[client] -= clocks

    def _line_of(self, struct: Struct) -> Line | None:
        """The place of a struct; None if it is inside what is gone."""
        if struct.kind == GC:
            return None
        if struct.parent is not None:
            place = struct.parent, struct.parent_sub
            line = self._lines.get(place)
            if line is None:
                line = self._lines[place] = Line(*place)
            return line
        lines = [
            run.line if (run := self._order.at(unit)) is not None else None
            for unit in (struct.origin, struct.right_origin)
            if unit is not None
        ]
        return lines[0] if None not in lines else None

    def _check_line(self, struct: Struct, line: Line, origin: Origin) -> None:
        """A struct stands between neighbours of its own place, in a type that may hold it."""
        if struct.origin is not None and struct.right_origin is not None:
            right = self._order.at(struct.right_origin)
            if right is not None and right.line is not None and right.line is not line:
                raise Unsupported("an item between neighbours of different places")
        parent = line.parent
        if isinstance(parent, tuple) and parent not in self._types:
            raise Unsupported("an item inside something that is not a shared type")
        root, depth = self._root(line)
        if root in SERVER_ROOTS and origin.via is not Via.SERVER:
            raise ServerOnly(root)
        self._check_grammar(struct, line)
        if struct.kind == TYPE:
            if struct.type_ref >= XML_ELEMENT and line.key is not None:
                raise Unsupported("XML inside a map cannot be read back")
            if depth >= self.limits.max_type_depth:
                raise Unsupported(f"types nested deeper than {self.limits.max_type_depth}")

    def _check_grammar(self, struct: Struct, line: Line) -> None:
        """What Yjs itself would write there."""
        if line.parent == STATEMENT and (line.key is not None or struct.kind not in _IN_TEXT):
            raise Unsupported("the statement holds text and embeds only")
        if line.parent in ROOT_MAPS and line.key is None:
            raise Unsupported(f"'{line.parent}' is a map")
        if line.key is not None and (
            struct.right_origin is not None
            or struct.kind not in _IN_A_MAP
            or (struct.length > 1 and struct.kind != DELETED)
        ):
            raise Unsupported("something in a map that is no value of a key")
        if isinstance(line.parent, tuple):
            _check_child(struct, line.key, self._types[line.parent])

    def _root(self, line: Line) -> tuple[str | None, int]:
        """Return the root type a place is under (None if that is gone) and how many types lie between."""
        for depth in range(self.limits.max_type_depth + 1):
            parent = line.parent
            if isinstance(parent, str):
                return parent, depth
            run = self._order.at(parent)
            if run is None or run.line is None:
                return None, depth
            line = run.line
        raise Unsupported(f"types nested deeper than {self.limits.max_type_depth}")

    def _is_buried(self, struct: Struct) -> bool:
        """
        Whether a struct is inside something that is deleted, and of which only that is known.

        Honest work: somebody writes off line into a suggestion that meanwhile went. It is taken as deleted, which
        is what every client makes of it. The engine must not see it as it is: what was deleted may have been
        a letter, and then a log that holds both can never be read again.
        """
        parent = struct.parent
        if not isinstance(parent, tuple) or struct.kind == GC or parent in self._types:
            return False
        run = self._order.at(parent)
        return self._is_deleted(parent) or run is None or run.line is None

    def _check_cut(self, struct: Struct) -> None:
        """
        Nothing stands between the two halves of a character.

        Yjs and the engine mend such a cut differently and never agree again; the engine can even write text of
        length 0, which nobody can read back.
        """
        left, right = struct.origin, struct.right_origin
        if (left is not None and self._is_half(left[0], left[1] + 1)) or (
            right is not None and self._is_half(*right)
        ):
            raise Unsupported("a character is cut in half")

    def _is_half(self, client: int, clock: int) -> bool:
        """Whether a unit is the second half of a surrogate pair."""
        return clock in self._halves.get(client, ())

    def _is_deleted(self, unit: Id) -> bool:
        deleted = self._deleted.get(unit[0])
        return deleted is not None and not deleted.missing(unit[1], unit[1] + 1)

    # -- deletions, and the end

    def _check_deletes(self, deletes: Deletes, origin: Origin) -> None:
        for client, ranges in deletes.items():
            for first, end in ranges:
                if self._is_half(client, first) or self._is_half(client, end):
                    raise Unsupported("half a character is deleted")
                if origin.via is Via.SERVER:
                    continue
                for run in self._order.between(client, first, end):
                    root = self._root(run.line)[0] if run.line is not None else None
                    if root in SERVER_ROOTS:
                        raise ServerOnly(root)

    def _take(self, blocks: list[Block], deletes: Deletes) -> None:
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


@dataclass(slots=True)
class _Taken:
    """What an update has put in place so far, to be given back if it is refused."""

    added: list[tuple[int, Run | int]] = field(default_factory=list)
    types: list[Id] = field(default_factory=list)
    halves: list[tuple[int, set[int]]] = field(default_factory=list)


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


def _is_sorted(ranges: list[tuple[int, int]]) -> bool:
    return all(one[1] < other[0] for one, other in pairwise(ranges))


def _sorted(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged = RangeSet()
    for first, end in ranges:
        merged.add(first, end)
    return list(merged)


def _bury(struct: Struct) -> None:
    """Make a struct one of which only its length is left."""
    struct.kind = GC
    struct.origin = struct.right_origin = struct.parent = struct.parent_sub = None
    struct.halves = ()
    struct.start = struct.end = -1


def _check_goes_on(struct: Struct, begun: Run, line: Line) -> None:
    """
    The rest of a struct goes on where its known part stands, and begins with a whole character.

    The engine takes only the rest and puts it right of what is known, wherever the struct says that it is.

    Raises:
        Unsupported: If it does not.
    """
    if begun.line is not line:
        raise Unsupported("an item that begins at another place than it goes on")
    if begun.end - struct.clock in struct.halves:
        raise Unsupported("a character is cut in half")


def _check_child(struct: Struct, key: str | None, parent: int) -> None:
    """
    A struct in a nested type is one that Yjs writes there. Letters in an array make reading it endless.

    Raises:
        Unsupported: If it is not.
    """
    if key is None and struct.kind not in _CHILDREN[parent]:
        raise Unsupported("content of a kind that Yjs does not write into this type")
    if key is not None and parent == ARRAY:
        raise Unsupported("an array has no keys")
    if struct.kind == TYPE and (struct.type_ref >= XML_ELEMENT) != (parent >= XML_ELEMENT):
        raise Unsupported("XML is in XML only, and holds nothing else")


def _accepted(update: Update, blocks: list[Block], deletes: Deletes) -> AcceptedUpdate:
    """Take the new part of an update out of its bytes; all of them, if all of it is new."""
    raw = tuple(
        RawBlock(block.client, block.clock, block.end, len(block.structs), _raw(update.data, block))
        for block in blocks
    )
    buried = any(struct.start < 0 for block in blocks for struct in block.structs)
    if not buried and blocks == update.blocks and deletes == update.deletes:
        return AcceptedUpdate(update.data, raw, deletes)
    data = write_update([(one.client, one.clock, one.count, one.raw) for one in raw], deletes)
    return AcceptedUpdate(data, raw, deletes)


def _raw(data: bytes, block: Block) -> bytes:
    structs = block.structs
    if all(one.start >= 0 for one in structs):
        return data[structs[0].start : structs[-1].end]
    return b"".join(
        data[one.start : one.end] if one.start >= 0 else bytes((GC,)) + write_var_uint(one.length)
        for one in structs
    )

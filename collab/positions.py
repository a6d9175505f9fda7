"""
Places in the statement: the only module that hands the engine an offset.

Three units meet here. People and the bot count *characters* (code points; an embed is one). The engine counts
*UTF-8 bytes* (an embed is one), and an offset inside a character does not fail, it lands elsewhere.
JavaScript counts *UTF-16 code units*, and so do the clocks of a Yjs id.

An `Anchor` is a Yjs relative position. pycrdt's own `StickyIndex` mixes units (11 of 34 resolved wrongly on
text that is not ASCII), so anchors are made and resolved by asking the engine on a fork: what id does
deleting this character delete; where does an embed show up whose left neighbour is this id.

Source: yjs `src/utils/RelativePosition.js`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pycrdt import Text

from collab.document import STATEMENT, Document
from collab.errors import AnchorLost, ProtocolError
from collab.ranges import RangeSet
from collab.structs import (
    DELETED,
    EMBED,
    GC,
    STRING,
    Id,
    Struct,
    Update,
    read_state_vector,
    read_update,
    utf16_length,
    write_state_vector,
    write_update,
)
from collab.wire import MAX_SAFE_INTEGER, read_var_string, write_var_string, write_var_uint

Attributes = Mapping[str, Any]

#: Stands for an embed in the text of a `Ruler`.
OBJECT = "\N{OBJECT REPLACEMENT CHARACTER}"

#: Whose structs the probes on a fork are: the smallest id, so that among siblings they come first.
_PROBE_CLIENT = 0


class Ruler:
    """
    One text and its offsets in all three units.

    Attributes:
        text: The characters, `OBJECT` for each embed.
    """

    def __init__(self, pieces: Iterable[Any]) -> None:
        parts: list[str] = []
        self._embeds: list[int] = []
        length = 0
        for piece in pieces:
            if isinstance(piece, str):
                parts.append(piece)
                length += len(piece)
            else:
                parts.append(OBJECT)
                self._embeds.append(length)
                length += 1
        self.text = "".join(parts)
        self._plain = self.text.isascii()

    def __len__(self) -> int:
        """The length in characters."""
        return len(self.text)

    def utf8(self, at: int) -> int:
        """Return the engine's offset of a character offset."""
        at = self._checked(at)
        if self._plain:
            return at
        before = self.text[:at]
        embeds = sum(1 for embed in self._embeds if embed < at)
        return len(before.encode()) - embeds * (len(OBJECT.encode()) - 1)

    def utf16(self, at: int) -> int:
        """Return JavaScript's offset of a character offset."""
        return utf16_length(self.text[: self._checked(at)])

    def from_utf16(self, at: int) -> int:
        """Return the character offset of JavaScript's; inside a surrogate pair, the character's start."""
        if at < 0:
            raise IndexError(f"offset {at} is negative")
        if self._plain:
            return self._checked(at)
        units = 0
        for index, character in enumerate(self.text):
            units += 2 if character > "\uffff" else 1
            if units > at:
                return index
        if units == at:
            return len(self.text)
        raise IndexError(f"offset {at} is past the end, {units}")

    def _checked(self, at: int) -> int:
        if not 0 <= at <= len(self.text):
            raise IndexError(f"offset {at} is outside 0..{len(self.text)}")
        return at


def measure(text: Text) -> Ruler:
    """Return the ruler of a text as it is now."""
    return Ruler(piece for piece, _ in text.diff())


def insert(text: Text, at: int, content: str, attributes: Attributes | None = None) -> None:
    """
    Insert characters at a character offset.

    Args:
        attributes: What they look like; None takes nothing over from their left neighbour.
    """
    text.insert(measure(text).utf8(at), content, dict(attributes or {}))


def delete(text: Text, start: int, end: int) -> None:
    """Delete the characters of ``[start, end)``."""
    ruler = measure(text)
    if start < end:
        del text[ruler.utf8(start) : ruler.utf8(end)]


def format_range(text: Text, start: int, end: int, attributes: Attributes) -> None:
    """Give the characters of ``[start, end)`` attributes; None as a value takes one away."""
    ruler = measure(text)
    if start < end:
        text.format(ruler.utf8(start), ruler.utf8(end), dict(attributes))


@dataclass(frozen=True, slots=True)
class Anchor:
    """
    A Yjs relative position in the statement.

    Attributes:
        unit: The id it holds on to, None for the very end (`after`) or the very start (not `after`).
        after: Whether it stands left of that unit and moves with what follows (Yjs assoc >= 0), or right
            of it and stays with what comes before (assoc < 0).
    """

    unit: Id | None
    after: bool

    def to_json(self) -> dict[str, Any]:
        """Return what `Y.createRelativePositionFromJSON` reads."""
        json_value: dict[str, Any] = {"tname": STATEMENT, "assoc": 0 if self.after else -1}
        if self.unit is not None:
            json_value["item"] = {"client": self.unit[0], "clock": self.unit[1]}
        return json_value

    @classmethod
    def from_json(cls, value: Any) -> Anchor:
        """
        Read what `Y.relativePositionToJSON` wrote, from a peer that may lie.

        Raises:
            ProtocolError: If it is not a position in the statement.
        """
        if not isinstance(value, dict) or value.get("tname") not in (STATEMENT, None):
            raise ProtocolError("not a position in the statement")
        item = value.get("item")
        if item is None:
            if value.get("tname") is None:
                raise ProtocolError("not a position in the statement")
            unit = None
        elif isinstance(item, dict):
            unit = (_whole(item.get("client")), _whole(item.get("clock")))
        else:
            raise ProtocolError("not a position in the statement")
        assoc = value.get("assoc", 0)
        if isinstance(assoc, bool) or not isinstance(assoc, int | float):
            raise ProtocolError("not a position in the statement")
        return cls(unit, assoc >= 0)


def anchors_around(document: Document, start: int, end: int) -> tuple[Anchor, Anchor]:
    """
    Return anchors that hold on to the characters of ``[start, end)`` from inside.

    What somebody types right before or right after the range stays outside it. An empty range stays where it
    is: its anchors hold on to the character after it.
    """
    return anchor_ranges(document, [(start, end)])[0]


def anchor_ranges(
    document: Document, ranges: Sequence[tuple[int, int]]
) -> list[tuple[Anchor, Anchor]]:
    """Return the anchors of many ranges at once, as `anchors_around`."""
    wanted = {start for start, _ in ranges} | {end - 1 for start, end in ranges if start < end}
    units = _units_at(document, wanted)
    found = []
    for start, end in ranges:
        first = units[start]
        if start == end:
            here = Anchor(first[0] if first is not None else None, after=True)
            found.append((here, here))
        else:
            last = units[end - 1]
            if first is None or last is None:
                raise IndexError(f"range {start}..{end} is outside the statement")
            found.append((Anchor(first[0], after=True), Anchor(last[1], after=False)))
    return found


def resolve(document: Document, anchors: Iterable[Anchor]) -> list[int | None]:
    """
    Return the character offset of each anchor, None where what it held on to is gone for good.
    """
    wanted = list(anchors)
    ruler = measure(document.statement)
    ids = {anchor.unit for anchor in wanted if anchor.unit is not None}
    units = _units(document, ids)
    before = _offsets_after(document, {unit: found.last for unit, found in units.items()})
    offsets: list[int | None] = []
    for anchor in wanted:
        if anchor.unit is None:
            offsets.append(len(ruler) if anchor.after else 0)
        elif anchor.unit not in before:
            offsets.append(None)
        else:
            visible = units[anchor.unit].visible
            offsets.append(before[anchor.unit] - (1 if anchor.after and visible else 0))
    return offsets


def resolve_range(document: Document, start: Anchor, end: Anchor) -> tuple[int, int]:
    """
    Return the character range between two anchors.

    Raises:
        AnchorLost: If one of them is gone or they crossed.
    """
    first, last = resolve(document, (start, end))
    if first is None or last is None or last < first:
        raise AnchorLost("the place in the text no longer exists")
    return first, last


@dataclass(frozen=True, slots=True)
class _Unit:
    """`last`: the last unit of the character an id is in. `visible`: whether the text shows it."""

    last: Id
    visible: bool


def _units(document: Document, ids: set[Id]) -> dict[Id, _Unit]:
    """Look ids up in the structs of their clients; what is unknown or garbage is left out."""
    if not ids:
        return {}
    update = _structs_of(document, {client for client, _ in ids})
    blocks = {block.client: block.structs for block in update.blocks}
    found = {}
    for client, clock in ids:
        struct = _struct_at(blocks.get(client, []), clock)
        if struct is None or struct.kind == GC:
            continue
        deleted = struct.kind == DELETED or any(
            first <= clock < end for first, end in update.deletes.get(client, [])
        )
        last = clock
        if struct.kind == STRING and not deleted:
            last = _last_unit_of_character(update.data, struct, clock)
        countable = struct.kind in (STRING, EMBED)
        found[client, clock] = _Unit((client, last), countable and not deleted)
    return found


def _structs_of(document: Document, clients: set[int]) -> Update:
    known = read_state_vector(document.state_vector())
    return read_update(
        document.missing_for(
            write_state_vector({c: n for c, n in known.items() if c not in clients})
        )
    )


def _struct_at(structs: list[Struct], clock: int) -> Struct | None:
    for struct in structs:
        if struct.clock <= clock < struct.clock + struct.length:
            return struct
    return None


def _last_unit_of_character(data: bytes, struct: Struct, clock: int) -> int:
    text, _ = read_var_string(data, struct.content)
    units = struct.clock
    for character in text:
        units += 2 if character > "\uffff" else 1
        if units > clock:
            return units - 1
    return clock


def _offsets_after(document: Document, units: dict[Id, Id]) -> dict[Id, int]:
    """Insert an embed behind each unit on a fork and count the characters before it."""
    if not units:
        return {}
    fork = document.fork()
    name = "probe"
    taken = [piece for piece, _ in fork.statement.diff() if isinstance(piece, dict)]
    while any(name in piece for piece in taken):
        name += "'"
    fork.apply(_probes(list(units.values()), name))
    offsets: dict[int, int] = {}
    at = 0
    for piece, _ in fork.statement.diff():
        if isinstance(piece, str):
            at += len(piece)
        elif isinstance(piece, dict) and name in piece:
            offsets[int(piece[name])] = at
        else:
            at += 1
    return {unit: offsets[index] for index, unit in enumerate(units) if index in offsets}


def _probes(units: list[Id], name: str) -> bytes:
    structs = bytearray()
    for index, (client, clock) in enumerate(units):
        structs.append(0x80 | EMBED)
        structs += write_var_uint(client) + write_var_uint(clock)
        structs += write_var_string(json.dumps({name: index}))
    return write_update([(_PROBE_CLIENT, 0, len(units), bytes(structs))], {})


def _units_at(document: Document, offsets: set[int]) -> dict[int, tuple[Id, Id] | None]:
    """
    Return the ids of the first and last unit of each character; None for the offset at the very end.

    Deleting the character on a fork says it: what the fork's deletions have that the document's do not.
    """
    units: dict[int, tuple[Id, Id] | None] = {}
    fork = document.fork()
    ruler = measure(fork.statement)
    deleted = _deletions(fork)
    for at in sorted(offsets, reverse=True):  # from the end, so that earlier offsets stay right
        if at == len(ruler):
            units[at] = None
            continue
        first, end = ruler.utf8(at), ruler.utf8(at + 1)

        def take_out(fork: Document, first: int = first, end: int = end) -> None:
            del fork.statement[first:end]

        fork.edit(take_out)
        after = _deletions(fork)
        (gap,) = [
            (client, gap)
            for client, ranges in after.items()
            for whole in ranges
            for gap in deleted.get(client, RangeSet()).missing(*whole)
        ]
        client, (low, high) = gap
        units[at] = (client, low), (client, high - 1)
        deleted = after
    return units


def _deletions(document: Document) -> dict[int, RangeSet]:
    update = read_update(document.missing_for(document.state_vector()))
    found = {}
    for client, ranges in update.deletes.items():
        found[client] = RangeSet()
        for first, end in ranges:
            found[client].add(first, end)
    return found


def _whole(value: Any) -> int:
    """A number that JavaScript wrote and the engine may have turned into a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ProtocolError("not a position in the statement")
    if not 0 <= value <= MAX_SAFE_INTEGER or value != int(value):
        raise ProtocolError("not a position in the statement")
    return int(value)

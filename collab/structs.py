"""
Reading a Yjs update (v1) without the engine: which structs it holds, what they refer to, what it deletes.

The engine must never see bytes that were not read here first. A deeply nested value, a self-referencing
parent or a claimed count of 2**28 ends the whole process inside pycrdt, where no `except` helps; here each is
a `ProtocolError`. The reader is strict on purpose: every number is capped, every count is compared with
the bytes that are left, nothing recursive runs deeper than `MAX_DEPTH`.

Source: yjs `src/utils/encoding.js`, `src/structs/*.js` (v1 encoding); yrs `src/block.rs`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from collab.errors import ProtocolError, TooLarge, Unsupported
from collab.wire import MAX_SAFE_INTEGER, write_var_uint

#: Clocks are 32 bit in yrs; a clock above this is nobody's honest work.
MAX_CLOCK = 2**31 - 1
#: Nested arrays and maps inside one value. Browsers die at some thousands, yrs at some ten thousand.
MAX_DEPTH = 64

# Content kinds, the low five bits of a struct's info byte.
GC, DELETED, JSON, BINARY, STRING, EMBED, FORMAT, TYPE, ANY, DOC, SKIP = range(11)

# What a ContentType holds.
ARRAY, MAP, TEXT, XML_ELEMENT, XML_FRAGMENT, XML_HOOK, XML_TEXT = range(7)

_HAS_ORIGIN, _HAS_RIGHT_ORIGIN, _HAS_PARENT_SUB = 0x80, 0x40, 0x20

#: The id of one unit: (client id, clock).
Id = tuple[int, int]


@dataclass(slots=True)
class Struct:
    """
    One struct of an update.

    Attributes:
        clock: First clock.
        length: Clocks it covers; UTF-16 code units for text.
        kind: One of `GC` .. `SKIP`.
        origin: The unit left of it when it was made.
        right_origin: The unit right of it when it was made.
        parent: Root name, or the id of the type it is in; None if its origins tell.
        parent_sub: Its key, if its parent is a map and its origins do not tell.
        type_ref: What shared type it is, for `TYPE`, else -1.
        start: First byte in the update.
        content: First byte of its content.
        end: One past its last byte.
        halves: Offsets of second halves of surrogate pairs in its text: places where it must not be cut.
    """

    clock: int
    length: int
    kind: int
    origin: Id | None
    right_origin: Id | None
    parent: str | Id | None
    parent_sub: str | None
    type_ref: int
    start: int
    content: int
    end: int
    halves: tuple[int, ...] = ()


@dataclass(slots=True)
class Block:
    """The structs of one client, in clock order without holes."""

    client: int
    structs: list[Struct]

    @property
    def clock(self) -> int:
        """First clock."""
        return self.structs[0].clock

    @property
    def end(self) -> int:
        """One past the last clock."""
        last = self.structs[-1]
        return last.clock + last.length


@dataclass(slots=True)
class Update:
    """
    One update, read.

    Attributes:
        data: The bytes it was read from.
        blocks: Structs, one block per client.
        deletes: Client id -> ranges ``(first clock, one past the last)``.
    """

    data: bytes
    blocks: list[Block]
    deletes: dict[int, list[tuple[int, int]]]


def read_update(
    data: bytes, known: Mapping[int, int] | None = None, most: int = MAX_SAFE_INTEGER
) -> Update:
    """
    Read a Yjs update, v1.

    Args:
        known: Client id -> next clock: what ends behind it is new, whole or in part.
        most: Bytes of such structs. Reading ends where there are more: a large message of the smallest structs takes
            so long that others notice.

    Raises:
        ProtocolError: If it is not one.
        TooLarge: If more of it is new.
        Unsupported: If it holds a sub-document.
    """
    known = known or {}
    new = 0
    reader = _Reader(data)
    blocks: list[Block] = []
    seen: set[int] = set()
    for _ in range(reader.count()):
        structs_in_block = reader.count()
        client = reader.number()
        clock = reader.clock()
        if structs_in_block == 0 or client in seen:
            raise ProtocolError("a client without structs, or named twice")
        seen.add(client)
        structs = []
        begins = known.get(client, 0)
        for _ in range(structs_in_block):
            struct = reader.struct(client, clock)
            if clock + struct.length > begins:
                new += struct.end - struct.start
                if new > most:
                    raise TooLarge("update", size=len(data), limit=most)
            clock += struct.length
            if clock > MAX_CLOCK:
                raise ProtocolError("clock over 2**31 - 1")
            structs.append(struct)
        blocks.append(Block(client, structs))
    deletes = reader.deletes()
    reader.finish()
    return Update(data, blocks, deletes)


def read_state_vector(data: bytes) -> dict[int, int]:
    """
    Read a Yjs state vector, v1: client id -> next clock.

    Raises:
        ProtocolError: If it is not one, or names a client twice.
    """
    reader = _Reader(data)
    clocks: dict[int, int] = {}
    for _ in range(reader.count()):
        client = reader.number()
        if client in clocks:
            raise ProtocolError("state vector names a client twice")
        clocks[client] = reader.clock()
    reader.finish()
    return clocks


def write_state_vector(clocks: dict[int, int]) -> bytes:
    """Encode client id -> next clock as a Yjs state vector, v1."""
    out = bytearray(write_var_uint(len(clocks)))
    for client, clock in clocks.items():
        out += write_var_uint(client) + write_var_uint(clock)
    return bytes(out)


def write_update(
    blocks: list[tuple[int, int, int, bytes]], deletes: dict[int, list[tuple[int, int]]]
) -> bytes:
    """
    Encode an update from blocks ``(client, first clock, number of structs, their bytes)`` and ranges.
    """
    out = bytearray(write_var_uint(len(blocks)))
    for client, clock, number, raw in blocks:
        out += write_var_uint(number) + write_var_uint(client) + write_var_uint(clock) + raw
    out += write_var_uint(len(deletes))
    for client, ranges in deletes.items():
        out += write_var_uint(client) + write_var_uint(len(ranges))
        for first, end in ranges:
            out += write_var_uint(first) + write_var_uint(end - first)
    return bytes(out)


class _Reader:
    """A cursor over the bytes of one update. Every method raises `ProtocolError` on bad bytes."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.end = len(data)

    def finish(self) -> None:
        if self.at != self.end:
            raise ProtocolError(f"{self.end - self.at} bytes after the end of the update")

    def byte(self) -> int:
        if self.at >= self.end:
            raise ProtocolError("truncated update")
        value = self.data[self.at]
        self.at += 1
        return value

    def number(self, limit: int = MAX_SAFE_INTEGER) -> int:
        data, at, end = self.data, self.at, self.end
        value = shift = 0
        while at < end:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value > limit:
                    raise ProtocolError(f"number over {limit}")
                self.at = at
                return value
            shift += 7
            if shift > 49:
                raise ProtocolError("number longer than 8 bytes")
        raise ProtocolError("truncated update")

    def clock(self) -> int:
        return self.number(MAX_CLOCK)

    def count(self) -> int:
        """A number of things of at least one byte each: never more than the bytes left."""
        value = self.number()
        if value > self.end - self.at:
            raise ProtocolError(f"{value} entries announced, {self.end - self.at} bytes left")
        return value

    def skip(self, size: int) -> None:
        if size > self.end - self.at:
            raise ProtocolError("truncated update")
        self.at += size

    def string(self) -> str:
        size = self.number()
        start = self.at
        self.skip(size)
        try:
            return str(self.data[start : self.at], "utf-8")
        except UnicodeDecodeError as exc:
            raise ProtocolError("string is not UTF-8") from exc

    def id(self) -> Id:
        return self.number(), self.clock()

    def own_past(self, client: int, clock: int, what: str) -> Id:
        """An id that, if it is of the same client, comes before `clock`."""
        found = self.id()
        if found[0] == client and found[1] >= clock:
            raise ProtocolError(f"{what} at or after the struct itself")
        return found

    def struct(self, client: int, clock: int) -> Struct:
        start = self.at
        info = self.byte()
        kind = info & 0x1F
        if kind in (GC, SKIP):
            if info != kind:
                raise ProtocolError("flags on a struct that has none")
            length = self._length()
            return Struct(clock, length, kind, None, None, None, None, -1, start, self.at, self.at)
        origin = right_origin = parent = parent_sub = None
        if info & _HAS_ORIGIN:
            origin = self.own_past(client, clock, "origin")
        if info & _HAS_RIGHT_ORIGIN:
            right_origin = self.own_past(client, clock, "right origin")
        if origin is None and right_origin is None:
            parent = self.string() if self._flag() else self.own_past(client, clock, "parent")
            if info & _HAS_PARENT_SUB:
                parent_sub = self.string()
        content = self.at
        length, type_ref, halves = self.content(kind)
        return Struct(
            clock,
            length,
            kind,
            origin,
            right_origin,
            parent,
            parent_sub,
            type_ref,
            start,
            content,
            self.at,
            halves,
        )

    def content(self, kind: int) -> tuple[int, int, tuple[int, ...]]:
        """Read a struct's content; return ``(length, type ref or -1, halves)``."""
        type_ref = -1
        halves: tuple[int, ...] = ()
        if kind == STRING:
            text = self.string()
            length = len(text)
            if not text.isascii():
                halves = second_halves(text)
                length += len(halves)
            if length == 0:
                raise ProtocolError("empty text")
        elif kind == DELETED:
            length = self._length()
        elif kind == FORMAT:
            self.string()
            self.json()
            length = 1
        elif kind == ANY:
            length = self._filled_count()
            for _ in range(length):
                self.any()
        elif kind == TYPE:
            type_ref = self.number(XML_TEXT)
            if (
                type_ref == XML_HOOK
            ):  # the engine reads its name and writes none: nobody can read that back
                raise Unsupported("XML hooks are not supported")
            if type_ref == XML_ELEMENT:
                self.string()
            length = 1
        elif kind == EMBED:
            self.json()
            length = 1
        elif kind == BINARY:
            self.skip(self.number())
            length = 1
        elif kind == JSON:  # from before Yjs 13; the engine does not write it back as it read it
            raise Unsupported("values in an encoding from before Yjs 13 are not supported")
        elif kind == DOC:
            raise Unsupported("documents inside this document are not supported")
        else:
            raise ProtocolError(f"unknown content {kind}")
        return length, type_ref, halves

    def any(self) -> None:
        """Step over one lib0 "any" value, without recursion."""
        open_counts = [1]  # values still to come at each level
        open_maps = [False]
        while open_counts:
            if open_counts[-1] == 0:
                open_counts.pop()
                open_maps.pop()
                continue
            open_counts[-1] -= 1
            if open_maps[-1]:
                self.string()
            tag = self.byte()
            if tag in (127, 126, 121, 120):  # undefined, null, false, true
                continue
            if tag == 119:
                self.string()
            elif tag == 125:
                self._signed()
            elif tag == 124:
                self.skip(4)
            elif tag in (123, 122):
                self.skip(8)
            elif tag == 116:
                self.skip(self.number())
            elif tag in (118, 117):
                if len(open_counts) > MAX_DEPTH:
                    raise ProtocolError(f"value nested deeper than {MAX_DEPTH}")
                open_counts.append(self.count())
                open_maps.append(tag == 118)
            else:
                raise ProtocolError(f"unknown value tag {tag}")

    def json(self) -> None:
        """Step over one JSON value that is stored as text."""
        text = self.string()
        if text == "undefined":  # what Yjs writes for a missing value
            return
        check_json(text)

    def deletes(self) -> dict[int, list[tuple[int, int]]]:
        deletes: dict[int, list[tuple[int, int]]] = {}
        for _ in range(self.count()):
            client = self.number()
            ranges = []
            for _ in range(self.count()):
                first = self.clock()
                length = self.clock()
                if length == 0 or first + length > MAX_CLOCK:
                    raise ProtocolError("impossible range of deletions")
                ranges.append((first, first + length))
            if client in deletes:
                raise ProtocolError("deletions name a client twice")
            deletes[client] = ranges
        return deletes

    def _flag(self) -> bool:
        return self.number(1) == 1

    def _length(self) -> int:
        length = self.clock()
        if length == 0:
            raise ProtocolError("struct of length 0")
        return length

    def _filled_count(self) -> int:
        length = self.count()
        if length == 0:
            raise ProtocolError("struct of length 0")
        return length

    def _signed(self) -> None:
        """Step over a varInt: one sign bit, six bits, then seven bits a byte."""
        for _ in range(9):
            if self.byte() < 0x80:
                return
        raise ProtocolError("number longer than 9 bytes")


def check_json(text: str, *, max_depth: int = MAX_DEPTH) -> Any:
    """
    Parse JSON text that a peer sent, and return its value.

    Raises:
        ProtocolError: If it is not JSON as JavaScript writes it, has half a surrogate pair in a string, or is
            nested deeper than `max_depth`.
    """
    try:
        value = json.loads(text, parse_constant=_no_constant)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as exc:
        raise ProtocolError("bad JSON") from exc
    level = [value]
    for _ in range(max_depth + 1):
        level = [
            child
            for parent in level
            if isinstance(parent, (dict, list))
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return value
    raise ProtocolError(f"value nested deeper than {max_depth}")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def utf16_length(text: str) -> int:
    """The length of text as JavaScript counts it."""
    if text.isascii():
        return len(text)
    return len(text) + sum(1 for character in text if character > "\uffff")


def second_halves(text: str) -> tuple[int, ...]:
    """Return the UTF-16 offsets inside the surrogate pairs of a text."""
    halves = []
    offset = 0
    for character in text:
        if character > "\uffff":
            halves.append(offset + 1)
            offset += 1
        offset += 1
    return tuple(halves)

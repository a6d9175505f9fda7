"""
A hostile client that never tires: random messages, from rubbish to updates that are nearly right, against a room.

Always in a process of its own with a memory limit (`python -m rooms.fuzzing`, started by `accord fuzz`): what this
looks for is what ends processes. Everything is decided by the seed, so a finding can be run again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import mmap
import random
import resource
import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic, perf_counter

from collab.document import COMMENTS, SEED, SESSION, STATEMENT, SUGGESTIONS, Document
from collab.messages import AWARENESS, STEP1, STEP2, UPDATE, sync_message
from collab.structs import (
    ANY,
    BINARY,
    DELETED,
    EMBED,
    FORMAT,
    GC,
    JSON,
    SKIP,
    STRING,
    TYPE,
    Id,
    write_update,
)
from collab.wire import write_var_bytes, write_var_string, write_var_uint
from rooms.connection import Connection
from rooms.options import RoomOptions
from rooms.testing import MemoryChannel, TestRoom, person

#: What a single message may cost.
MAX_SECONDS = 1.0
MAX_GROWTH_BYTES = 64 * 1024 * 1024

#: What the process may use on top of what it has at the start.
MEMORY_BYTES = 1024**3

#: Messages against one room before a new one is made.
_ROOM_LIFE = 150

_NUMBERS = (
    0, 1, 2, 63, 64, 127, 128, 255, 2**14, 2**16, 2**21 - 1, 2**28, 2**31 - 1, 2**31, 2**32 - 1,
    2**32, 2**53 - 1, 2**53, 2**63 - 1, 2**64, 2**70,
)  # fmt: skip
_ROOTS = (STATEMENT, SUGGESTIONS, COMMENTS, SESSION, "text", "", "é" * 40)
_WORDS = ("a", "hello ", "é", "😀", "漢字", "\n", "\x00", "x" * 500)


class Finding(Exception):
    """The room did something it must not do; the text says what."""


@dataclass(slots=True)
class Tally:
    """What happened. `refused`: close code, or `denied` -> how often."""

    messages: int = 0
    edits: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    slowest_seconds: float = 0.0


class Fuzzer:
    """
    One seed's worth of hostility.

    Args:
        before: Called with each message before it is sent, so that whoever watches knows what killed us.
    """

    def __init__(
        self,
        seed: int,
        corpus: Sequence[bytes],
        before: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        self.tally = Tally()
        self._rng = random.Random(seed)
        self._corpus = corpus or [SEED]
        self._before = before
        self._new_room()

    def step(self) -> None:
        """
        Send one message and look at what it did.

        Raises:
            Finding: If it cost too much, broke the room, or reached anybody else.
        """
        if self.tally.messages % _ROOM_LIFE == _ROOM_LIFE - 1:
            self.check_room()
            self._new_room()
        message = self._message()
        self._before(message)
        grown = _peak_bytes()
        started = perf_counter()
        self._hostile.received(message)
        self._room.log.commit()
        seconds = perf_counter() - started
        grown = _peak_bytes() - grown
        self.tally.messages += 1
        self.tally.slowest_seconds = max(self.tally.slowest_seconds, seconds)
        if seconds > MAX_SECONDS:
            raise Finding(f"a message took {seconds:.2f} s")
        if grown > MAX_GROWTH_BYTES:
            raise Finding(f"a message took {grown >> 20} MB")
        self._look()

    def check_room(self) -> None:
        """
        The room still works for others, and what is on disk is what they see.

        Raises:
            Finding: If not.
        """
        room = self._room
        if self._honest_channel.how_it_ended() is not None:
            raise Finding(f"an honest connection was closed: {self._honest_channel.closed}")
        replayed = Document()
        replayed.apply(*(row.data for row in room.log.rows))
        if not replayed.same_as(room.document):
            raise Finding("the log replays to another document")
        again = Document(state=room.document.encode())
        if not again.same_as(room.document):
            raise Finding("the document does not survive being encoded")
        str(room.document.statement)

    def _new_room(self) -> None:
        self._room = TestRoom(RoomOptions(publish_factor=0.0))
        self._honest_channel = MemoryChannel()
        self._room.join(self._honest_channel, person("honest"))
        self._join()
        self._client = self._rng.randrange(1000, 2**32)
        first = sync_message(UPDATE, self._rng.choice(self._corpus))
        self._before(first)
        self._hostile.received(first)
        self._room.log.commit()

    def _join(self) -> None:
        self._channel = MemoryChannel()
        self._hostile: Connection = self._room.join(self._channel, person("mallory"))

    def _look(self) -> None:
        room = self._room
        if not room.open or room._reloading is not None:
            raise Finding("the room broke")
        if (code := self._channel.how_it_ended()) is not None:
            self._count(str(code))
            self._join()
        elif any(data[:2] == b"\x02\x00" for data in self._channel.take()):
            self._count("denied")
        self._honest_channel.take()
        self.tally.edits = max(self.tally.edits, len(room.log.rows))

    def _count(self, what: str) -> None:
        self.tally.refused[what] = self.tally.refused.get(what, 0) + 1

    # -- messages

    def _message(self) -> bytes:
        rng = self._rng
        kind = rng.randrange(100)
        if kind < 55:
            message = sync_message(rng.choice((STEP2, UPDATE)), self._nearly_right())
        elif kind < 75:
            message = sync_message(UPDATE, self._mutant(rng.choice(self._corpus)))
        elif kind < 82:
            message = sync_message(STEP1, self._mutant(self._room.state_vector()))
        elif kind < 92:
            message = bytes((AWARENESS,)) + write_var_bytes(self._presence())
        else:
            message = rng.randbytes(rng.randrange(40))
        return self._mutant(message) if rng.random() < 0.1 else message

    def _mutant(self, data: bytes) -> bytes:
        rng = self._rng
        out = bytearray(data)
        for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
            at = rng.randrange(len(out) + 1)
            match rng.randrange(8):
                case 0 if at < len(out):
                    out[at] ^= 1 << rng.randrange(8)
                case 1 if at < len(out):
                    out[at] = rng.randrange(256)
                case 2:
                    del out[at : at + rng.randrange(1, 9)]
                case 3:
                    out[at:at] = rng.randbytes(rng.randrange(1, 5))
                case 4:
                    out[at : at + 1] = _number(rng.choice(_NUMBERS))
                case 5:
                    other = rng.choice(self._corpus)
                    out[at:] = other[rng.randrange(len(other)) :]
                case 6:
                    out[at:at] = out[at : at + rng.randrange(1, 16)] * rng.choice((1, 1, 3, 400))
                case _:
                    del out[at:]
        return bytes(out)

    def _nearly_right(self) -> bytes:
        """An update of ours with good clocks, or begun a little before, whose structs refer to whatever they like."""
        rng = self._rng
        clocks = self._room._loaded.accepted.clocks
        clients = {self._client} | ({rng.randrange(1000, 2**32)} if rng.random() < 0.2 else set())
        blocks = []
        for client in clients:
            clock = max(0, clocks.get(client, 0) - rng.choice((0, 0, 0, 0, 0, 0, 0, 1, 2, 4)))
            structs = bytearray()
            count = rng.choice((1, 1, 2, 5))
            length = 0
            for _ in range(count):
                raw, size = self._struct(clocks, client, clock + length)
                structs += raw
                length += size
            blocks.append((client, clock, count, bytes(structs)))
        deletes: dict[int, list[tuple[int, int]]] = {}
        for _ in range(rng.choice((0, 0, 1, 3))):
            client, clock = self._unit(clocks)
            deletes.setdefault(client, []).append((clock, clock + rng.choice((1, 1, 2, 9))))
        return write_update(blocks, deletes)

    def _struct(self, clocks: Mapping[int, int], client: int, clock: int) -> tuple[bytes, int]:
        rng = self._rng
        kind = rng.choice(
            (STRING, STRING, STRING, EMBED, FORMAT, TYPE, ANY, DELETED, GC, SKIP, JSON, BINARY)
        )
        if kind in (GC, SKIP):
            size = rng.choice((1, 3, 1000))
            return bytes((kind,)) + write_var_uint(size), size
        content, size = self._content(kind)
        info = kind
        head = b""
        shape = rng.randrange(10)
        if shape < 6:
            info |= 0x80
            head += _id(self._unit(clocks, client, clock))
        if shape % 3 == 0:
            info |= 0x40
            head += _id(self._unit(clocks, client, clock))
        if not info & 0xC0:
            if rng.random() < 0.7:
                head += b"\x01" + write_var_string(rng.choice(_ROOTS))
            else:
                head += b"\x00" + _id(self._unit(clocks, client, clock))
            if rng.random() < 0.5:
                info |= 0x20
                head += write_var_string(rng.choice(("k", "text", "status", "")))
        return bytes((info,)) + head + content, size

    def _content(self, kind: int) -> tuple[bytes, int]:
        rng = self._rng
        if kind == STRING:
            word = rng.choice(_WORDS)
            return write_var_string(word), len(word.encode("utf-16-le")) // 2
        if kind == EMBED:
            return write_var_string(json.dumps(self._json())), 1
        if kind == FORMAT:
            look = rng.choice(("bold", "header", "link", "é"))
            return write_var_string(look) + write_var_string(json.dumps(self._json())), 1
        if kind == TYPE:
            ref = rng.randrange(8)
            return write_var_uint(ref) + (write_var_string("p") if ref in (3, 5) else b""), 1
        if kind == ANY:
            count = rng.choice((1, 1, 3))
            return write_var_uint(count) + b"".join(self._any(0) for _ in range(count)), count
        if kind == JSON:
            return b"\x01" + write_var_string(json.dumps(self._json())), 1
        if kind == BINARY:
            return write_var_bytes(rng.randbytes(rng.randrange(9))), 1
        size = rng.choice((1, 7))
        return write_var_uint(size), size

    def _json(self) -> object:
        values: list[object] = [None, True, 1, 1.5, "é", [1, [2]], {"a": {"b": 1}}, 2**60]
        return self._rng.choice(values)

    def _any(self, depth: int) -> bytes:
        rng = self._rng
        kind = rng.randrange(8 if depth < 70 else 5)
        if kind == 0:
            return b"\x7e"
        if kind == 1:
            return b"\x77" + write_var_string(rng.choice(_WORDS))
        if kind == 2:
            return b"\x7d" + bytes((rng.randrange(64),))
        if kind == 3:
            return b"\x7b" + rng.randbytes(8)
        if kind == 4:
            return b"\x74" + write_var_bytes(b"ab")
        if kind == 5:
            return b"\x76\x01" + write_var_string("k") + self._any(depth + 1)
        return b"\x75" + write_var_uint(1) + self._any(depth + rng.choice((1, 1, 30)))

    def _unit(self, clocks: Mapping[int, int], client: int | None = None, clock: int = 0) -> Id:
        """Some unit that exists, mostly; or one that comes just before, or one that does not exist."""
        rng = self._rng
        kind = rng.randrange(20)
        if client is not None and kind < 6 and clock > 0:
            return client, rng.randrange(max(0, clock - 4), clock)
        if kind == 19:
            return rng.choice(list(clocks)), rng.choice((2**31 - 1, 10**6, clock))
        known = rng.choice(list(clocks))
        return known, rng.randrange(max(1, clocks[known]))

    def _presence(self) -> bytes:
        rng = self._rng
        states = bytearray()
        count = rng.choice((0, 1, 1, 2, 30))
        for _ in range(count):
            text = rng.choice(
                (
                    "null",
                    "{}",
                    '{"user":{"name":"x"}}',
                    "[" * 500,
                    '{"a":' * 99,
                    "7",
                    "NaN",
                    "\ud83d",
                )
            )
            raw = text.encode(errors="replace")
            clock = rng.choice((0, 1, 5, rng.randrange(100), 2**31, 2**53 - 1))
            client = rng.choice((self._client, 2, 3, rng.randrange(2**32)))
            states += write_var_uint(client) + write_var_uint(clock) + write_var_bytes(raw)
        return write_var_uint(count) + bytes(states)


def _id(unit: Id) -> bytes:
    return write_var_uint(unit[0]) + write_var_uint(unit[1])


def _number(value: int) -> bytes:
    return write_var_uint(value)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# -- in a process of its own


@dataclass(frozen=True, slots=True)
class LastMessage:
    """
    What a fuzzer was about to send: whoever started it reads this when it is dead.

    Attributes:
        number: Counted from 1.
    """

    number: int
    data: bytes


_HEAD = struct.Struct("<QI")
_MAX_KEPT = 4 * 1024 * 1024


@contextmanager
def _kept_in(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Keep every message in a file mapped into memory: it is there after any end of the process."""
    with path.open("w+b") as file:
        file.truncate(_HEAD.size + _MAX_KEPT)
        with mmap.mmap(file.fileno(), 0) as kept:
            number = 0

            def keep(message: bytes) -> None:
                nonlocal number
                number += 1
                part = message[:_MAX_KEPT]
                kept[_HEAD.size : _HEAD.size + len(part)] = part
                _HEAD.pack_into(kept, 0, number, len(part))

            yield keep


def last_message(path: Path) -> LastMessage:
    """Return what a fuzzer was about to send last."""
    with path.open("rb") as file:
        number, length = _HEAD.unpack(file.read(_HEAD.size))
        return LastMessage(number, file.read(length))


def read_corpus(path: Path) -> list[bytes]:
    """Return the updates of a file: one hexadecimal Yjs update, v1, per line."""
    return [bytes.fromhex(line) for line in path.read_text().split()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz for a while; print the tally, and the finding if there is one, as JSON."""
    parser = argparse.ArgumentParser(prog="rooms.fuzzing", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--last", type=Path, required=True, help="where to keep the last message")
    parser.add_argument("--corpus", type=Path, help="real updates, one in hex per line")
    options = parser.parse_args(arguments)
    limit = _used_bytes() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    corpus = read_corpus(options.corpus) if options.corpus is not None else []
    with _kept_in(options.last) as keep:
        finding, tally = asyncio.run(_fuzz(options.seed, corpus, keep, options.seconds))
    sys.stdout.write(json.dumps({"finding": finding, **asdict(tally)}) + "\n")
    return 1 if finding else 0


async def _fuzz(
    seed: int, corpus: Sequence[bytes], keep: Callable[[bytes], None], seconds: float
) -> tuple[str | None, Tally]:
    fuzzer = Fuzzer(seed, corpus, keep)
    end = monotonic() + seconds
    try:
        while monotonic() < end:
            fuzzer.step()
            await asyncio.sleep(0)  # for the room's timers
        fuzzer.check_room()
    except Finding as exc:
        return str(exc), fuzzer.tally
    return None, fuzzer.tally


def _used_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    sys.exit(main())

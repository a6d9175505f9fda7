"""
What harms pycrdt 0.14: K1 to K10 of the list in `docs/safety.md`, as bytes, with how they are made.

`python -m tests.rooms.poison K3` gives one to the engine itself, without any check before it, and says how that goes.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from pycrdt import Array, Decoder, Doc, Map, StickyIndex, Text

from collab.awareness import State, write_states
from collab.document import COMMENTS, NOTHING, STATEMENT, SUGGESTIONS
from collab.messages import awareness_message
from collab.wire import write_var_string, write_var_uint

#: K1: arrays in arrays in arrays. Applying it overflows the stack: the process ends.
DEEP = b"\x01\x01\x05\x00\x28\x01\x01m\x01k\x01" + b"\x75\x01" * 40_000 + b"\x7e\x00"

#: K5: an item that is its own parent. Applying it panics.
SELF_PARENT = bytes.fromhex("0102c197fd820ac197fd820a00060400c197fd820a020568656c6c6f00")

#: K10: an XML element in a map. It can be applied; the map can never be read again.
UNREADABLE = b"\x01\x01\x37\x00\x27\x01\x0bsuggestions\x01x\x03\x01p\x00"


def one(client: int, clock: int, *structs: bytes) -> bytes:
    """Return an update of one client's structs."""
    return b"\x01" + write_var_uint(len(structs)) + _id(client, clock) + b"".join(structs) + b"\x00"


def _id(client: int, clock: int) -> bytes:
    return write_var_uint(client) + write_var_uint(clock)


_FIRST = write_var_string  # of a struct: the name of the root it is in

#: An honest history of a random run: a map with maps, an array `a`, a text `t`, an embed.
_HONEST = bytes.fromhex(
    "010ed4a1b1b807002701016d026e31012700d4a1b1b807000171020400d4a1b1b80701027a7a08010161067db2057701737e787c3fc0000076"
    "01016b75027d017d0283d4a1b1b80709030102030401017403efbfbd84d4a1b1b8070b03efbfbdc4d4a1b1b8070bd4a1b1b8070c04f09f9880"
    "45d4a1b1b8070b167b22696d67223a2278222c226e223a3837393338317d2701016d026e32012700d4a1b1b807100171020400d4a1b1b80711"
    "027a7a88d4a1b1b8070a067db70c7701737e787c3fc000007601016b75027d017d0283d4a1b1b807190301020301d4a1b1b807010c01"
)

#: K3: one byte of that is another. The item with the emoji has its left neighbour in `a` now, its right one in `t`.
_CIRCLE = _HONEST.replace(bytes.fromhex("c4d4a1b1b8070b"), bytes.fromhex("c4d4a1b1b8070a"))

#: Types in types. A frame holds 90,000 of them, and memory a hundred times their bytes.
_NESTED = one(
    0x91,
    0,
    b"\x27\x01" + _FIRST(COMMENTS) + write_var_string("x") + b"\x00",
    *(b"\x07\x00" + _id(0x91, clock) + b"\x00" for clock in range(90_000)),
)

_ENDLESS = b"\xff" * 150_000 + b"\x01"


@dataclass(frozen=True, slots=True)
class Poison:
    """
    One way to do harm.

    Attributes:
        name: Its number in the list, and what is special about it.
        harm: What becomes of the engine: ``dies``, ``hangs``, ``panics``, ``grows`` or
            ``unreadable``.
        data: A Yjs update, v1, or what pretends to be one.
        base: The honest update with the ids that it builds on.
        answers: What the server may say to it: a close code, ``denied`` or ``asked again``.
    """

    name: str
    harm: str
    data: bytes
    answers: tuple[str, ...]
    base: bytes = NOTHING


POISONS = (
    Poison("K1", "dies", DEEP, ("4400",)),
    Poison(
        "K1-json",
        "unreadable",  # the engine parses 128 levels
        one(0x92, 0, b"\x05\x01" + _FIRST(STATEMENT) + write_var_string("[" * 9999 + "]" * 9999)),
        ("4400",),
    ),
    Poison("K2", "hangs", _ENDLESS, ("4400",)),
    Poison("K2-inside", "hangs", b"\x01\x01" + _ENDLESS, ("4400",)),
    Poison("K3", "hangs", _CIRCLE, ("denied",)),
    Poison(
        "K4",
        "panics",
        bytes.fromhex("0101d4a1b1b807ffffffffffffffff7fc4d4a1b1b8070bd4a1b1b8070c04f09f988000"),
        ("4400",),
        base=_HONEST,
    ),
    Poison("K5", "panics", SELF_PARENT, ("4400",)),
    Poison(
        "K6",  # the first clock is 2**32 - 1
        "panics",
        bytes.fromhex(
            "0103a787ddfd02ffffffff0f08010161017c3f8000002101016d026b3001a8a787ddfd0201017c4080000001a787ddfd02010101"
        ),
        ("4400",),
    ),
    Poison(
        "K6-64",  # 2**64 - 1
        "panics",
        bytes.fromhex(
            "010387cfa28d01ffffffffffffffffff012101016d026b310108010161017c3f800000a887cfa28d0100017c408000000187cfa28d"
            "01010001"
        ),
        ("4400",),
    ),
    Poison("K7-vector", "grows", bytes.fromhex("8080808001"), ("4400",)),
    Poison("K7-clients", "grows", write_var_uint(2**27), ("4400",)),
    Poison(
        "K7-map",
        "grows",
        one(0x94, 0, b"\x08\x01" + _FIRST("a") + b"\x01\x76" + write_var_uint(2**26)),
        ("4400",),
    ),
    Poison("K8", "grows", _NESTED, ("denied", "4413")),
    Poison("K9", "panics", bytes.fromhex("00ffffffffffffffffff01ffffff7f"), ("4400",)),
    Poison("K10", "unreadable", UNREADABLE, ("denied",)),
)

BY_NAME = {poison.name: poison for poison in POISONS}

#: K9: relative positions that are none, where clients put theirs.
BAD_POSITIONS: tuple[object, ...] = (
    {"item": {"client": 2**64, "clock": -1}, "assoc": 0},
    {"item": {"client": 16, "clock": 2**31}, "tname": "x", "assoc": 99},
    {"type": {"client": 1, "clock": 0}, "item": None},
    {"item": "00ff"},
    "00ffffffffffffffffff01",
    [[[[[]]]]],
)


def presence(client: int, clock: int, state: object) -> bytes:
    """Return the message of a client that says of itself whatever it likes."""
    return awareness_message(write_states([State(client, clock, json.dumps(state).encode())]))


# -- what the engine does with it, in a process that may die of it


def main() -> int:
    """Give one to the engine; return 0 if nothing at all comes of it."""
    resource.setrlimit(resource.RLIMIT_AS, (3 * 1024**3, 3 * 1024**3))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    poison = BY_NAME[sys.argv[1]]
    engine: Doc[Any] = Doc(client_id=9)
    text: Text = engine.get("t", type=Text)
    statement: Text = engine.get(STATEMENT, type=Text)
    array: Array[Any] = engine.get("a", type=Array)
    maps: list[Map[Any]] = [engine.get(name, type=Map) for name in ("m", COMMENTS, SUGGESTIONS)]
    if poison.base != NOTHING:
        engine.apply_update(poison.base)
    before, started, harmed = _peak(), perf_counter(), False
    steps: list[Callable[[], object]] = [lambda: engine.apply_update(poison.data)]
    if poison.name.startswith("K9"):
        steps = [lambda: StickyIndex.decode(poison.data)]
    elif poison.name.startswith("K2"):
        steps = [lambda: Decoder(poison.data[-150_001:]).read_var_uint()]
    elif poison.name == "K7-vector":
        steps = [lambda: engine.get_update(poison.data)]
    steps += [engine.get_update, text.__str__, statement.diff, array.to_py]
    steps += [one.to_py for one in maps]
    for step in steps:
        try:
            step()
        except BaseException as exc:
            sys.stdout.write(f"{type(exc).__name__}: {str(exc)[:100]}\n")
            harmed = True
    grown, took = (_peak() - before) >> 20, perf_counter() - started
    sys.stdout.write(f"{grown} MB, {took:.1f} s\n")
    sys.stdout.flush()
    return int(harmed or grown > 32 or took > 1.0)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())

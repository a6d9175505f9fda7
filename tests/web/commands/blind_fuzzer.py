"""`rooms.fuzzing` against a room that checks nothing: stands for a hole in the checks."""

from __future__ import annotations

import sys
from typing import Any

from collab.accepted import Accepted
from collab.messages import UPDATE, sync_message
from collab.updates import AcceptedUpdate
from rooms import fuzzing


def admit(self: Accepted, data: bytes, origin: Any) -> AcceptedUpdate:
    return AcceptedUpdate(data, (), {})


def hang(self: fuzzing.Fuzzer) -> bytes:
    self._before(b"hang")
    while True:
        pass


def main() -> int:
    vars_of: Any = Accepted
    vars_of.admit = admit
    fuzzer: Any = fuzzing.Fuzzer
    if "--only-corpus" in sys.argv:
        sys.argv.remove("--only-corpus")
        fuzzer._message = lambda self: sync_message(UPDATE, self._rng.choice(self._corpus))
    if "--hang" in sys.argv:
        sys.argv.remove("--hang")
        fuzzer._message = hang
    return fuzzing.main()


if __name__ == "__main__":
    sys.exit(main())

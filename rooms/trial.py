"""
Replaying a room in a process of its own, to find what in it does harm.

`python -m rooms.trial` gets a pickled `Trial` on standard input and says on standard output, line by line, what it is
about to do: ``row 17`` before it applies update 17, ``reading`` before it reads everything, ``done``. Whoever started
it sees the last line also when the process dies over it. ``bad 17 why`` names an update that failed without that.
"""

from __future__ import annotations

import pickle
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass

from collab.accepted import Accepted, DocumentLimits
from collab.document import NOTHING, ROOT_MAPS, Document
from collab.errors import ClockGap, CollabError, DocumentBroken
from collab.structs import read_update
from rooms.compaction import Stored

#: What a trial may use. A document of 10 MiB takes the engine at most some hundred.
MAX_MEMORY_BYTES = 4 * 1024**3

#: A trial that ends with this has named what failed.
FAILED = 3

#: How it speaks of an update that is harmless, but builds on one that was left out.
FOLLOWS = "builds on what was left out"


@dataclass(frozen=True, slots=True)
class Trial:
    """
    What to replay.

    Attributes:
        leave_out: Numbers of updates known to do harm.
        upto: The last update to replay; None for all.
    """

    stored: Stored
    leave_out: frozenset[int]
    upto: int | None = None


def run(trial: Trial, say: Callable[[str], None]) -> int:
    """Replay; return the exit code: 0 if all is well by now."""
    say("snapshot")
    snapshot = trial.stored.snapshot
    state = snapshot.data if snapshot is not None else NOTHING
    accepted = Accepted(DocumentLimits())
    document = Document(state=state)
    if snapshot is not None:
        accepted.absorb(state)
    failed = False
    for row in trial.stored.tail:
        if row.seq in trial.leave_out:
            continue
        if trial.upto is not None and row.seq > trial.upto:
            break
        say(f"row {row.seq}")
        try:
            read_update(row.data)
            accepted.absorb(row.data)
        except ClockGap as exc:  # nothing was taken in: the rest can be tried
            say(f"bad {row.seq} {FOLLOWS}: {exc}")
            failed = True
            continue
        except CollabError as exc:
            say(f"bad {row.seq} {exc}")
            return FAILED
        try:
            document.apply(row.data)
        except DocumentBroken as exc:
            say(f"bad {row.seq} {exc}")
            return FAILED
    say("reading")
    _read(document)
    say("done")
    return FAILED if failed else 0


def _read(document: Document) -> None:
    """Do what the server does with a document: encode it, read it, open it from its bytes."""
    again = Document(state=document.encode())
    str(document.statement)
    for name in ROOT_MAPS:
        document.root_map(name).to_py()
    if not again.same_as(document):
        raise DocumentBroken("it does not read back as what it is")


def main() -> int:
    """Limit this process, then replay."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    trial: Trial = pickle.load(sys.stdin.buffer)

    def say(line: str) -> None:
        sys.stdout.write(line.replace("\n", " ") + "\n")
        sys.stdout.flush()

    return run(trial, say)


if __name__ == "__main__":
    sys.exit(main())

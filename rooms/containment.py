"""
A room that cannot be loaded, or that a process died over: what does the harm is found and set aside.

Each suspect is replayed in a process of its own (`rooms.trial`), so that neither a crash nor an endless loop reaches
this one. What is found moves to the quarantine (`store.quarantine`), with what builds on it; the rest of the room lives
on.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from collab.document import RESERVED_CLIENTS
from collab.errors import ProtocolError
from collab.structs import read_update
from rooms.compaction import Stored, read_stored
from rooms.trial import FAILED, FOLLOWS, Trial
from store import quarantine
from store.database import Database
from store.errors import DataDamaged
from store.quarantine import Culprit

logger = logging.getLogger(__name__)

#: The command that replays.
TRIAL: Sequence[str] = (sys.executable, "-m", "rooms.trial")

#: How long one step of a replay may take, in seconds.
PATIENCE = 30.0

#: Replays of one room. A room that needs more is damaged in another way.
MAX_TRIALS = 100


async def contain(database: Database, room: int) -> list[str]:
    """
    Find and set aside what harms a room.

    Returns:
        The people whose updates did the harm; empty if there was none.

    Raises:
        DataDamaged: If it is the snapshot, or more than can be told apart.
    """
    stored = await database.read(read_stored, room)
    culprits = await find_culprits(stored)
    if not culprits:
        return []
    authors = await database.write(quarantine.set_aside, room, culprits)
    for culprit in culprits:
        logger.error(
            "update quarantined",
            extra={
                "action": "update_quarantined",
                "room": room,
                "seq": culprit.seq,
                "why": culprit.why,
            },
        )
    return authors


async def find_culprits(stored: Stored) -> list[Culprit]:
    """
    Replay a room until it goes well; return what had to be left out for that.

    Raises:
        DataDamaged: If leaving updates out does not help.
    """
    search = _Search(stored)
    await search.run()
    return list(search.found.values())


class _Search:
    """
    What is known of a room's harm so far.

    Attributes:
        found: By number of the update.
    """

    def __init__(self, stored: Stored) -> None:
        self.found: dict[int, Culprit] = {}
        self._stored = stored
        self._rows = {row.seq: row for row in stored.tail}
        self._died_on: int | None = None
        self._trials = 0

    async def run(self) -> None:
        """Try until nothing is wrong any more."""
        while not (ending := await self._try()).well:
            self._note(ending)
            if ending.named:
                continue
            if ending.at in self._rows:
                self._blame(ending.at, ending.how)
            elif ending.reading:
                self._found(
                    await self._first_that_breaks_reading(), "the document cannot be read with it"
                )
            else:
                raise DataDamaged(
                    f"the stored document fails before any update is replayed: {ending.how}"
                )

    async def _try(self, upto: int | None = None) -> _Ending:
        self._trials += 1
        if self._trials > MAX_TRIALS:
            raise DataDamaged("the stored document fails, and leaving out updates does not mend it")
        return await _replay(Trial(self._stored, frozenset(self.found), upto))

    def _note(self, ending: _Ending) -> None:
        for seq, why in ending.bad.items():
            self._found(seq, why, follows=why.startswith(FOLLOWS))

    def _blame(self, seq: int, how: str) -> None:
        """An update the process died on. Only who is met twice is guilty: the machine may have been short of memory."""
        if self._died_on == seq:
            self._found(seq, how)
        self._died_on = seq

    async def _first_that_breaks_reading(self) -> int:
        """Every update can be applied, the whole cannot be read: find the one from which on it is so."""
        seqs = [seq for seq in self._rows if seq not in self.found]
        good, bad = -1, len(seqs) - 1
        while bad - good > 1:
            middle = (good + bad) // 2
            if (await self._try(seqs[middle])).well:
                good = middle
            else:
                bad = middle
        if bad < 0:
            raise DataDamaged("the snapshot cannot be read")
        return seqs[bad]

    def _found(self, seq: int, why: str, *, follows: bool = False) -> None:
        clients = () if follows else _clients(self._rows[seq].data)
        self.found[seq] = Culprit(seq, why, clients, follows)


@dataclass(frozen=True, slots=True)
class _Ending:
    """
    How a trial ended.

    Attributes:
        code: Its exit code; None if it was ended for taking too long.
        last: What it was about to do.
        bad: What it named, by number.
    """

    code: int | None
    last: str
    bad: dict[int, str]

    @property
    def well(self) -> bool:
        """Whether everything could be replayed and read."""
        return self.code == 0

    @property
    def named(self) -> bool:
        """Whether it said what is wrong."""
        return self.code == FAILED and bool(self.bad)

    @property
    def at(self) -> int | None:
        """The update it died on."""
        words = self.last.split()
        return int(words[1]) if words[0] == "row" else None

    @property
    def reading(self) -> bool:
        """Whether it died over reading."""
        return self.last == "reading"

    @property
    def how(self) -> str:
        """What became of it, in words."""
        if self.code is None:
            return f"replaying it takes more than {PATIENCE:.0f} s"
        return f"replaying it ends the process (exit {self.code})"


async def _replay(trial: Trial) -> _Ending:
    process = await asyncio.create_subprocess_exec(
        *TRIAL,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the server
    )
    assert process.stdout is not None
    assert process.stdin is not None
    last, bad = "nothing", {}
    try:
        with suppress(ConnectionError):  # it died before it read all: its exit says so
            process.stdin.write(pickle.dumps(trial))
            process.stdin.close()
        while line := await asyncio.wait_for(process.stdout.readline(), PATIENCE):
            said = line.decode(errors="replace").strip()
            if said.startswith("bad "):
                _, seq, why = said.split(" ", 2)
                bad[int(seq)] = why
            else:
                last = said
        return _Ending(await process.wait(), last, bad)
    except TimeoutError:
        return _Ending(None, last, bad)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _clients(data: bytes) -> tuple[int, ...]:
    """The client ids an update writes as; none if it cannot be read at all."""
    try:
        blocks = read_update(data).blocks
    except ProtocolError:
        return ()
    return tuple(block.client for block in blocks if block.client >= RESERVED_CLIENTS)

"""
All live rooms of this process: opened when somebody comes, kept while they stay, let go when nobody is left.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from time import monotonic
from types import TracebackType

from sqlalchemy.orm import Session

from collab.document import SEED
from collab.errors import DocumentBroken
from collab.origins import SERVER
from rooms import history
from rooms.compaction import compact, load, read_stored, rebuild
from rooms.containment import contain
from rooms.errors import RESTARTING, RoomClosed
from rooms.history import Retraced
from rooms.journal import NO_JOURNAL, Journal
from rooms.loaded import Loaded
from rooms.metrics import Metrics
from rooms.options import RoomOptions
from rooms.room import Room
from store import rooms as room_rows
from store import updatelog
from store.database import Database
from store.errors import DataDamaged
from store.models import Room as RoomRow
from store.updatelog import UpdateLog

logger = logging.getLogger(__name__)

#: A room whose snapshot could not be made is left alone this long: each try replays all of it.
_PAUSE_AFTER_FAILURE_SECONDS = 600.0


class Registry:
    """
    The rooms: ``async with Registry(database) as registry: room = await registry.open(address)``.

    Args:
        journal: Remembers what a former process died on. Without it nothing is contained.
        metrics: Where it is counted what happens.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        database: Database,
        options: RoomOptions | None = None,
        *,
        log: UpdateLog | None = None,
        journal: Journal | None = None,
        metrics: Metrics | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.options = options or RoomOptions()
        self.metrics = metrics or Metrics()
        self._database = database
        self._log = log or UpdateLog(database, watch=self.metrics.committed)
        self._journal = journal
        self._clock = clock
        self._rooms: dict[int, Room] = {}
        self._opening: dict[int, asyncio.Task[Room]] = {}
        self._compacting: dict[int, asyncio.Task[None]] = {}
        self._compact_not_before: dict[int, float] = {}
        self._care: asyncio.Task[None] | None = None
        self._draining = False

    async def __aenter__(self) -> Registry:
        self._care = asyncio.get_running_loop().create_task(self._take_care())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.drain()

    @property
    def rooms(self) -> list[Room]:
        """The rooms people can be in, at this moment."""
        return [room for room in self._rooms.values() if room.open]

    async def open(self, address: str) -> Room:
        """
        Return the live room of an address.

        Raises:
            NotFound: If there is no such room.
            Conflict: If its document was restored since and has another epoch (`stale-epoch`).
            DataDamaged: If its document cannot be loaded.
            RoomClosed: If this server is stopping.
        """
        return await self.open_found(await self._database.read(room_rows.by_address, address))

    async def open_found(self, row: RoomRow) -> Room:
        """
        Return the live room of a row that was read a moment ago.

        Raises:
            DataDamaged, RoomClosed: As `open`.
        """
        return await self._open(row.id, room_rows.address(row))

    async def of_session(self, session_id: str) -> Room:
        """
        Return the live room of a session.

        Raises:
            NotFound, DataDamaged, RoomClosed: As `open`.
        """
        return await self.open_found(await self._database.read(room_rows.of_session, session_id))

    async def _open(self, number: int, address: str) -> Room:
        if self._draining:
            raise RoomClosed("the server is stopping")
        room = self._rooms.get(number)
        if room is None or not room.open:
            task = self._opening.get(number)
            if task is None:
                task = asyncio.get_running_loop().create_task(self._load_room(number, address))
                self._opening[number] = task
                task.add_done_callback(lambda task: self._opened(number, task))
            room = await asyncio.shield(task)
        room.asked_for()
        return room

    def _opened(self, number: int, task: asyncio.Task[Room]) -> None:
        self._opening.pop(number, None)
        if not task.cancelled():
            task.exception()  # whoever asked may have gone, and asyncio would complain

    async def _load_room(self, number: int, address: str) -> Room:
        compacting = self._compacting.get(number)
        if compacting is not None:
            await asyncio.wait({compacting})
        loaded = await self._load(number)
        frozen = await self._database.read(room_rows.is_frozen, number)
        room = Room(
            number,
            address,
            loaded,
            log=self._log,
            load=lambda: self._load(number),
            options=self.options,
            clock=self._clock,
            journal=self._journal or NO_JOURNAL,
            metrics=self.metrics,
        )
        if frozen:
            room.freeze()
        self._rooms[number] = room
        logger.info("room opened", extra={"action": "room_opened", "room": number, "seq": room.seq})
        return room

    async def _load(self, number: int) -> Loaded:
        """
        Load a room; what a process died on, or what does not load, is examined first.

        Raises:
            DataDamaged: If it cannot be loaded, and leaving single updates out does not help.
        """
        if self._journal is None:
            return load(await self._database.read(read_stored, number), self.options.document)
        offenders: list[str] = []
        if self._journal.is_suspect(number):
            offenders += await contain(self._database, number)
            self._journal.clear(number)
        try:
            loaded = await self._load_written_down(self._journal, number)
        except DataDamaged:
            found = await contain(self._database, number)
            if not found:
                raise
            offenders += found
            loaded = await self._load_written_down(self._journal, number)
        loaded.offenders = frozenset(offenders)
        return loaded

    async def _load_written_down(self, journal: Journal, number: int) -> Loaded:
        stored = await self._database.read(read_stored, number)
        with journal.at_work_on(number):
            return load(stored, self.options.document)

    async def rebuild(self, number: int) -> None:
        """
        Write a room anew on disk as it stands, and drop how it came to be. People go on in it meanwhile.

        Raises:
            DataDamaged: If what is stored cannot be read back; nothing was changed.
        """
        while (compacting := self._compacting.get(number)) is not None:
            await asyncio.wait({compacting})  # what it read before must not be written after
        task = asyncio.get_running_loop().create_task(self._rebuild(number))
        self._compacting[number] = task
        task.add_done_callback(lambda _: self._compacting.pop(number, None))
        await asyncio.shield(task)

    async def _rebuild(self, number: int) -> None:
        journal = self._journal or NO_JOURNAL
        self._snapshot_taken(number, await rebuild(self._database, number, self.options, journal))

    async def retrace(self, number: int, wanted: Collection[int] = ()) -> Retraced:
        """
        Return a room's versions and some of their texts; also of a room that nobody has open.

        Raises:
            DataDamaged: If its log cannot be gone through.
        """
        material = await self._database.read(history.read, number)
        journal = self._journal or NO_JOURNAL
        with journal.at_work_on(number):
            try:
                return await asyncio.to_thread(history.retrace, material, wanted)
            except DocumentBroken as exc:
                raise DataDamaged(f"the history cannot be read: {exc}") from exc

    async def drain(self) -> None:
        """Stop: take nobody in any more, bring to disk what is under way, send everybody away."""
        self._draining = True
        if self._care is not None:
            self._care.cancel()
            with suppress(asyncio.CancelledError):
                await self._care
            self._care = None
        await self._log.idle()
        for room in self.rooms:
            room.close(*RESTARTING)
        self._rooms.clear()
        if self._compacting:
            await asyncio.wait(list(self._compacting.values()))

    async def _take_care(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self.tick()

    def tick(self) -> None:
        """What has to be done about every second: signs of life, snapshots, letting rooms go."""
        now = self._clock()
        for number, room in list(self._rooms.items()):
            self._tick(number, room, now)
            if not room.open:
                del self._rooms[number]
            elif room.idle_for(now) > self.options.idle_seconds:
                self._evict(number, room)
            elif (
                room.updates_since_snapshot >= self.options.compact_after_updates
                and now >= self._compact_not_before.get(number, now)
            ):
                self._compact_soon(number)

    def _tick(self, number: int, room: Room, now: float) -> None:
        """Take care of one room. If that fails the others still get theirs."""
        if not room.open:
            return
        try:
            room.tick(now)
        except Exception:
            logger.exception(
                "a room failed over its care", extra={"action": "care_failed", "room": number}
            )

    def _evict(self, number: int, room: Room) -> None:
        del self._rooms[number]
        tail = room.updates_since_snapshot
        room.close(*RESTARTING)
        logger.info("room let go", extra={"action": "room_closed", "room": number})
        if tail:
            self._compact_soon(number)

    def _compact_soon(self, number: int) -> None:
        if number in self._compacting:
            return
        task = asyncio.get_running_loop().create_task(self._compact(number))
        self._compacting[number] = task
        task.add_done_callback(lambda _: self._compacting.pop(number, None))

    async def _compact(self, number: int) -> None:
        try:
            seq = await compact(self._database, number, self.options, self._journal or NO_JOURNAL)
        except Exception:  # damaged, or the disk is full: the log has it all the same
            logger.exception(
                "no snapshot could be made", extra={"action": "snapshot_failed", "room": number}
            )
            self._compact_not_before[number] = self._clock() + _PAUSE_AFTER_FAILURE_SECONDS
            return
        self._compact_not_before.pop(number, None)
        self._snapshot_taken(number, seq)

    def _snapshot_taken(self, number: int, seq: int) -> None:
        room = self._rooms.get(number)
        if room is not None and room.open:
            room.snapshot_taken(seq)


def seed(session: Session, room: int) -> None:
    """Write a new room's first update, in the transaction that makes the room."""
    updatelog.append_now(session, room, SEED, person=SERVER.person, via=SERVER.via.value)

"""
Rooms without a network and without a disk: channels and a log that do what a test tells them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from collab.accepted import Accepted
from collab.document import SEED, Document
from collab.messages import SYNC, UPDATE, Changes, Step1, read_message, sync_message
from collab.origins import SERVER
from rooms.access import Person
from rooms.broadcast import Frame
from rooms.loaded import Loaded
from rooms.options import RoomOptions
from rooms.room import Room
from store.errors import LogUnavailable
from store.updatelog import Entry, Kept, Pace


def person(key: str, *, may_write: bool = True) -> Person:
    """Return somebody."""
    return Person(key, key.title(), "participant" if may_write else "observer", may_write)


@dataclass(slots=True)
class MemoryChannel:
    """
    One end of a conversation.

    Attributes:
        sent: What the room has sent, in order.
        stuck: Whether the peer has stopped reading: what is sent then counts as buffered.
        closed: How the room ended it.
        paused: For how many seconds the room wants to read nothing, in all.
    """

    sent: list[bytes] = field(default_factory=list)
    stuck: bool = False
    closed: tuple[int, str] | None = None
    paused: float = 0.0
    _waiting: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def send(self, frame: Frame) -> int:
        """Take a frame."""
        self.sent.append(frame.payload)
        self._arrived.set()
        if self.stuck:
            self._waiting += len(frame)
        return self._waiting

    def buffered(self) -> int:
        """Return what the stuck peer has not read."""
        return self._waiting

    def pause(self, seconds: float) -> None:
        """Read nothing."""
        self.paused = max(self.paused, seconds)

    def tick(self, now: float) -> None:
        """The peer is there."""

    def close(self, code: int, reason: str) -> None:
        """End."""
        self.closed = (code, reason)

    def unstick(self) -> None:
        """The peer reads everything."""
        self.stuck = False
        self._waiting = 0

    def take(self) -> list[bytes]:
        """Return what was sent since the last time."""
        taken, self.sent = self.sent, []
        return taken

    def updates(self) -> list[bytes]:
        """Return the Yjs updates that were sent since the last time, acknowledgements among them."""
        return [
            message.update
            for data in self.take()
            if data[0] == SYNC and isinstance(message := read_message(data), Changes)
        ]

    async def next_updates(self) -> list[bytes]:
        """Wait for the next updates and return them."""
        while not (found := self.updates()):
            self._arrived.clear()
            await self._arrived.wait()
        return found

    def how_it_ended(self) -> int | None:
        """Return the close code, None while it goes on."""
        return self.closed[0] if self.closed is not None else None

    def questions(self) -> int:
        """Return how often the room has asked for everything, since the last time."""
        return sum(isinstance(read_message(data), Step1) for data in self.take() if data[0] == SYNC)


class MemoryLog:
    """
    An update log that commits when it is told.

    Attributes:
        rows: What is on its disk.
    """

    def __init__(self) -> None:
        self.rows: list[Entry] = [Entry(SERVER.person, SERVER.via.value, SEED)]
        self._pace: Pace | None = None
        self._waiting: list[tuple[Entry, Kept]] = []

    def append_soon(self, room: int, entry: Entry, kept: Kept, pace: Pace) -> None:
        """Queue an entry."""
        self._waiting.append((entry, kept))
        self._pace = pace

    @property
    def due(self) -> float:
        """When the room will show what is kept, by its last word."""
        assert self._pace is not None
        return self._pace.due

    def commit(self, count: int | None = None) -> None:
        """Keep what is queued, or only the first so many entries, as one commit."""
        batch, self._waiting = self._split(count)
        self.rows += [entry for entry, _ in batch]
        if batch:
            batch[0][1](len(batch), len(self.rows), None)

    def fail(self, count: int | None = None) -> None:
        """Lose what is queued, or only the first so many entries."""
        batch, self._waiting = self._split(count)
        if batch:
            failure = LogUnavailable("disk full")
            failure.__cause__ = OSError("disk full")
            batch[0][1](len(batch), 0, failure)

    def discard(self, room: int) -> None:
        """Drop what is queued."""
        self._waiting.clear()

    def forget(self, room: int) -> None:
        """Nothing is remembered."""

    async def settle(self, room: int) -> None:
        """Commits are instant."""

    def _split(
        self, count: int | None
    ) -> tuple[list[tuple[Entry, Kept]], list[tuple[Entry, Kept]]]:
        end = len(self._waiting) if count is None else count
        return self._waiting[:end], self._waiting[end:]


@dataclass(slots=True)
class Clock:
    """Seconds that a test moves on, and that looking at the clock moves on by `cost`."""

    now: float = 1000.0
    cost: float = 0.0

    def __call__(self) -> float:
        self.now += self.cost
        return self.now


class TestRoom(Room):
    """
    A room on a `MemoryLog`.

    Attributes:
        log: Its disk.
        time: Its clock.
        work: Its processor's: at rest unless a test says otherwise.
    """

    __test__ = False

    def __init__(self, options: RoomOptions | None = None) -> None:
        self.log = MemoryLog()
        self.time = Clock()
        self.work = Clock()
        options = options or RoomOptions(publish_factor=0.0, presence_gap_seconds=0.0)

        async def load() -> Loaded:
            return self._from_rows(options)

        super().__init__(
            1,
            "test.1",
            self._from_rows(options),
            log=self.log,
            load=load,
            options=options,
            clock=self.time,
            work_clock=self.work,
        )

    def _from_rows(self, options: RoomOptions) -> Loaded:
        document = Document()
        document.apply(*(entry.data for entry in self.log.rows))
        accepted = Accepted(options.document)
        accepted.absorb(document.encode())
        for entry in self.log.rows:
            for client in entry.clients:
                accepted.reserve(client, entry.person)
        return Loaded(document, accepted, len(self.log.rows), 0)


def update_message(update: bytes) -> bytes:
    """Return the message a client sends an update in."""
    return sync_message(UPDATE, update)

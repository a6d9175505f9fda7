"""
One live document: its sequencer, its people, what they are shown.

Everything that writes takes the same road, whoever writes: `submit` checks an edit and hands it to the log; when a
commit is through, `publish` applies what it kept and shows it as one frame; then the authors are told.
Nobody is shown an edit that a crash could take back.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from time import thread_time
from typing import Protocol

from sqlalchemy.orm import Session

from collab.document import RESERVED_CLIENTS, Document, is_empty
from collab.errors import DocumentBroken, DocumentFull, Frozen
from collab.messages import UPDATE, awareness_message, sync_message
from collab.origins import Origin, Via
from collab.updates import AcceptedUpdate, merge
from rooms.access import Person
from rooms.broadcast import Channel, Frame, publish
from rooms.connection import NOTHING_KNOWN, Connection
from rooms.direct import DirectParticipant
from rooms.edits import Edit, acknowledge, tell
from rooms.errors import (
    BROKEN,
    POISON,
    NothingChanged,
    NotSaved,
    RoomClosed,
    RoomError,
    RoomFull,
    RoomLoading,
    TooManyTabs,
)
from rooms.journal import NO_JOURNAL, AtWork
from rooms.loaded import Loaded
from rooms.metrics import Metrics
from rooms.options import RoomOptions
from rooms.pace import Pace
from rooms.people import People
from rooms.presence import Presence
from rooms.workbench import Workbench
from store.errors import LogUnavailable
from store.updatelog import Entry, Kept

logger = logging.getLogger(__name__)

#: The roads by which people change the statement.
_OF_PEOPLE = frozenset({Via.SOCKET, Via.DECISION, Via.RESTORE})

_SOCKET = Via.SOCKET.value

#: Rows of the application that stand or fall with an edit.
Also = Callable[[Session], None]


class Log(Protocol):
    """What a room needs of the update log (`store.updatelog.UpdateLog`)."""

    def append_soon(self, room: int, entry: Entry, kept: Kept, pace: Pace) -> None: ...

    def discard(self, room: int) -> None: ...

    def forget(self, room: int) -> None: ...

    async def settle(self, room: int) -> None: ...


#: Measuring a document that seems full takes at most one part in so many of the time.
_MEASURING_SHARE = 20


class Room:
    """
    One live document and who is in it.

    Args:
        number: The store's number of it.
        address: What clients connect to.
        load: Reads the room from the store again.
        clock: Seconds that only go forward.
        journal: Where it is written down that the engine is at work on the room.
        metrics: Where it is counted what happens.
        work_clock: Seconds of the processor that this thread has used.
    """

    def __init__(
        self,
        number: int,
        address: str,
        loaded: Loaded,
        *,
        log: Log,
        load: Callable[[], Awaitable[Loaded]],
        options: RoomOptions,
        clock: Callable[[], float],
        journal: AtWork = NO_JOURNAL,
        metrics: Metrics | None = None,
        work_clock: Callable[[], float] = thread_time,
    ) -> None:
        self.number = number
        self.address = address
        self.options = options
        self._log = log
        self._load = load
        self._clock = clock
        self._journal = journal
        self.metrics = metrics or Metrics()
        self.work_clock = work_clock
        self._open = True
        self._frozen = False
        self._loaded = loaded
        self._workbench = Workbench()
        self._generation = 0
        self._report: Kept = partial(self._on_kept, 0)
        self._people = People(options.work, clock())
        self._asked_for_at = clock()
        self._committing: deque[Edit] = deque()
        self._pace = Pace(options)
        self._measure_due = 0.0
        self._presence_timer: asyncio.TimerHandle | None = None
        self._presence_due = 0.0
        self._reloading: asyncio.Task[None] | None = None
        self.presence = Presence(
            self._may_have,
            max_state_bytes=options.max_awareness_bytes,
            max_clients=options.max_awareness_clients,
        )

    # -- who is in

    def join(
        self,
        channel: Channel,
        person: Person,
        *,
        credential: str = "",
        lasts_seconds: float = math.inf,
    ) -> Connection:
        """
        Let a remote peer in and greet it.

        Args:
            credential: The id of what lets them in.
            lasts_seconds: For how long it does; noticed with the next tick.

        Raises:
            RoomClosed, RoomFull, RoomLoading: It may come back later.
            TooManyTabs: This person has it open too often.
        """
        if not self._open:
            raise RoomClosed("the room is closing")
        if len(self._people) >= self.options.max_connections:
            raise RoomFull("this room has as many connections as it may have")
        if self._people.open_by(person.key) >= self.options.max_person_connections:
            raise TooManyTabs("you have this room open too often; close some tabs or devices")
        ends_at = self._clock() + lasts_seconds
        connection = Connection(self, channel, person, self._clock, credential, ends_at)
        self._people.add(connection)
        try:
            connection.greet()
        except RoomError:
            self.leave(connection)
            raise
        return connection

    def join_direct(self, person: Person, origin: Origin, client_id: int) -> DirectParticipant:
        """Let somebody of this process in."""
        if not self._open:
            raise RoomClosed("the room is closing")
        participant = DirectParticipant(self, person, origin, client_id)
        self._people.add(participant)
        return participant

    def leave(self, who: Connection | DirectParticipant) -> None:
        """Take somebody out. What they wrote stays on its way to disk."""
        self._people.remove(who, self._clock())
        self.presence.leave(who)
        self._schedule_presence()

    def spend_work(self, person: str, seconds: float) -> float:
        """Count what somebody's messages cost the processor; return for how many seconds to read none of them."""
        return self._people.spend_work(person, seconds, self._clock())

    @property
    def open(self) -> bool:
        """Whether people can be in it."""
        return self._open

    @property
    def frozen(self) -> bool:
        """Whether nobody may change the statement now."""
        return self._frozen

    def freeze(self) -> None:
        """From now on people's edits are refused; what was admitted before still comes through."""
        self._frozen = True

    def thaw(self) -> None:
        """People may write again. Who has unsent work is asked for it when their next edit shows the gap."""
        self._frozen = False

    @property
    def occupied(self) -> bool:
        """Whether anybody is in."""
        return bool(self._people)

    @property
    def connections(self) -> Iterable[Connection]:
        """Who is connected, at this moment."""
        return self._people.connections

    def asked_for(self) -> None:
        """Somebody is about to use the room, and finds it open if that is within its idle time."""
        self._asked_for_at = self._clock()

    def idle_for(self, now: float) -> float:
        """Return for how many seconds nobody was in the room or asked for it, and there was nothing to do."""
        if self.occupied or self._committing or self._reloading:
            return 0.0
        return now - max(self._people.left_at, self._asked_for_at)

    # -- what it holds

    @property
    def document(self) -> Document:
        """What was shown."""
        return self._loaded.document

    @property
    def seq(self) -> int:
        """The last update that is on disk and in `document` or about to be."""
        return self._loaded.seq

    @property
    def size(self) -> int:
        """The document's bytes, as the limit counts them."""
        return self._loaded.accepted.size

    @property
    def updates_since_snapshot(self) -> int:
        """How many updates a restart would have to replay."""
        return self._loaded.seq - self._loaded.snapshot_seq

    def snapshot_taken(self, seq: int) -> None:
        """A snapshot up to `seq` is on disk."""
        self._loaded.snapshot_seq = max(self._loaded.snapshot_seq, seq)

    def state_vector(self) -> bytes:
        """
        Return the Yjs state vector, v1, of what was shown.

        Raises:
            RoomLoading: The document turns out to be broken.
        """
        with self._reading():
            return self.document.state_vector()

    def difference(self, kind: int, state_vector: bytes) -> Frame:
        """
        Return what brings a peer up to what was shown: the same frame for all who are at the same point.

        Args:
            kind: ``STEP2`` for an answer, ``UPDATE`` for news.
            state_vector: Where the peer is: Yjs state vector, v1.

        Raises:
            ProtocolError: If `state_vector` is not one.
            RoomLoading: The document turns out to be broken.
        """
        with self._reading():
            return self._loaded.difference(kind, state_vector)

    def holds(self, update: bytes) -> bool:
        """Whether an update holds nothing new; raises ProtocolError if it is not one."""
        return self._loaded.accepted.knows(update)

    # -- the way of an edit

    def submit(
        self,
        update: bytes,
        origin: Origin,
        connection: Connection | None = None,
        *,
        done: asyncio.Future[None] | None = None,
        also: Also | None = None,
    ) -> bool:
        """
        Admit one edit; it is kept with the next commit, then shown.

        Returns:
            Whether there is something to wait for: `Connection.acknowledge`, or `done`. There is nothing
            if all of it is on disk and shown.

        Raises:
            ProtocolError, UpdateRefused, ClockGap: The author's fault; nothing changed.
            RoomClosed, RoomLoading: The room is going away, or being loaded again.
        """
        if not self._open:
            raise RoomClosed("the room is closing")
        if self._reloading is not None:
            raise RoomLoading("the room is being loaded")
        if self._frozen and origin.via in _OF_PEOPLE:
            if self._loaded.accepted.knows(update):
                return self._wait_for_what_is_under_way(connection)
            raise Frozen
        accepted = self._admit(update, origin)
        if accepted is None:
            return self._wait_for_what_is_under_way(connection)
        clients = self._loaded.new_clients()
        connections = [connection] if connection is not None else []
        entry = Entry(origin.person, origin.via.value, accepted.data, clients, also)
        self._keep(Edit(accepted, connections, done, self._clock()), entry)
        return True

    def type_on(self, update: bytes, connection: Connection) -> bool:
        """
        Admit some letters more where somebody typed last, if that is what this is; else `submit` has to look at it.

        A short cut, not another road: what it admits, `submit` would have admitted as it is.
        """
        if self._frozen or self._reloading is not None or not self._open:
            return False
        person = connection.person.key
        accepted = self._loaded.accepted.type_on(update, person)
        if accepted is None:
            return False
        edit = Edit(accepted, [connection], None, self._clock())
        self._keep(edit, Entry(person, _SOCKET, accepted.data))
        return True

    def _keep(self, edit: Edit, entry: Entry) -> None:
        """Give an edit to the log."""
        if edit.done is None:  # or it was made there
            self._workbench.keep_up(edit)
        self._committing.append(edit)
        self._log.append_soon(self.number, entry, self._report, self._pace)

    def _wait_for_what_is_under_way(self, connection: Connection | None) -> bool:
        """
        Let somebody who brought nothing new wait for the last edit that is not shown yet.

        Theirs may be among them: sent over a socket that broke before it was on disk.
        """
        if connection is None or not self._committing:
            return False
        self._committing[-1].connections.append(connection)
        return True

    def _admit(self, update: bytes, origin: Origin) -> AcceptedUpdate | None:
        """
        Check an edit. What is accepted is summed up, so a document that seems full is measured before it is said.

        Raises:
            ProtocolError, UpdateRefused, ClockGap: As `submit`.
        """
        try:
            return self._loaded.accepted.admit(update, origin)
        except DocumentFull:
            started = self._clock()
            if started < self._measure_due:
                raise
            coming = sum(len(edit.update.data) for edit in self._committing)
            with self._reading():
                self._loaded.accepted.measured(len(self.document.encode()) + coming)
            now = self._clock()
            self._measure_due = now + _MEASURING_SHARE * (now - started)
            return self._loaded.accepted.admit(update, origin)

    async def edit(
        self, change: Callable[[Document], object], origin: Origin, also: Also | None = None
    ) -> None:
        """
        Make an edit of the server's own on top of everything accepted; return when it is shown.

        Args:
            also: Rows that are written in the same transaction as the edit.

        Raises:
            CollabError: The change does not fit or is not allowed; nothing happened.
            NotSaved: It could not be kept; nothing happened.
            NothingChanged: There was nothing to do, and there are rows that were to go with it.
            RoomClosed, RoomLoading: As `submit`.
        """
        await self._be_loaded()
        try:
            workbench = self._open_workbench()
        except RoomLoading:  # the document turned out to be broken
            await self._be_loaded()
            workbench = self._open_workbench()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            update = workbench.edit(change)
            new = self.submit(update, origin, done=done, also=also)
        except BaseException:
            self._workbench.put_away()  # it has what the room has not
            raise
        if new:
            await done
        elif also is not None:
            raise NothingChanged("the edit changes nothing")

    async def _be_loaded(self) -> None:
        """Wait while the room is loaded again."""
        while self._reloading is not None:
            await asyncio.shield(self._reloading)  # whoever stops waiting does not stop the loading
        if not self._open:
            raise RoomClosed("the room is closing")

    def receive_presence(self, holder: Connection | DirectParticipant, payload: bytes) -> None:
        """
        Take in what somebody says of themselves, and tell the others soon.

        Raises:
            ProtocolError: If it is not an awareness update, or over a limit.
        """
        self.presence.receive(holder, payload, holder.person.user)
        self._schedule_presence()

    def _on_kept(
        self, generation: int, count: int, seq: int, failure: LogUnavailable | None
    ) -> None:
        """A commit is through, or is not. It began when a frame was due, so what it kept is shown now."""
        if generation != self._generation:
            return  # the room is loaded again since, and has found these edits in the log
        edits = [self._committing.popleft() for _ in range(count)]
        if failure is not None:
            logger.error(
                "edits could not be saved",
                exc_info=failure,
                extra={"action": "log_failed", "room": self.number, "edits": count},
            )
            error = NotSaved("the server could not save this; it will be tried again")
            error.__cause__ = failure.__cause__
            self._fail(edits, error)
            return
        self._loaded.seq = seq
        self._publish(edits)

    def _publish(self, edits: list[Edit]) -> None:
        """Show what was kept, as one frame, and tell the authors."""
        started = self._clock()
        merged = merge([edit.update for edit in edits])
        try:
            for update in merged:
                self._show(update)
        except DocumentBroken:
            self._broke(edits)
            return
        acknowledge(edits)
        now = self._clock()
        self._count(edits, len(merged), now)
        self._pace.sent(started, now)

    def _show(self, update: bytes) -> None:
        """
        Apply an update and send it to everybody, before the next one is applied.

        Who falls behind over its frame is behind by all that comes after it.
        """
        with self._journal.at_work_on(self.number):
            self._loaded.apply(update)
        publish(Frame(sync_message(UPDATE, update)), self._people.connections, self._clock())

    def _count(self, edits: list[Edit], frames: int, now: float) -> None:
        self.metrics.edits += len(edits)
        self.metrics.deliveries += frames * len(self._people)
        for edit in edits:
            self.metrics.relays.observe(now - edit.at)

    # -- presence

    def _may_have(self, person: str, client: int) -> bool:
        if client < RESERVED_CLIENTS:
            return any(participant.key == person for participant in self._people.direct)
        return self._loaded.accepted.reserve(client, person)

    def _schedule_presence(self) -> None:
        if self._presence_timer is not None or not self.presence.changed or not self._open:
            return
        wait = max(0.0, self._presence_due - self._clock())
        loop = asyncio.get_running_loop()
        self._presence_timer = loop.call_later(wait, self._publish_presence)

    def _publish_presence(self) -> None:
        self._presence_timer = None
        update = self.presence.take_changes()
        if update is None:
            return
        self._presence_due = self._clock() + self.options.presence_gap_seconds
        publish(Frame(awareness_message(update)), self._people.connections, self._clock())

    # -- failing, and coming back

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """
        Read the document; if it turns out to be broken, load it again.

        Raises:
            RoomLoading: It is broken. Who asked comes back in a moment.
        """
        try:
            yield
        except DocumentBroken:
            if self._reloading is None:
                self._broke([])
            raise RoomLoading("the document is being loaded again") from None

    def _end_generation(self) -> None:
        self._generation += 1
        self._report = partial(self._on_kept, self._generation)

    def _broke(self, edits: list[Edit]) -> None:
        logger.exception(
            "the document broke", extra={"action": "document_broken", "room": self.number}
        )
        self._fail(edits, NotSaved("the document is being loaded again"))

    def _fail(self, edits: list[Edit], error: NotSaved) -> None:
        """
        Forget everything that is not on disk, load the room again and ask everybody for what is missing.

        What is on disk and was not shown is shown then: commits that went through although they were reported as
        failed.

        What was accepted after the failed edits builds on them, so it goes too. No client loses anything:
        each still has its work, unacknowledged, and is asked for it.
        """
        self._log.discard(self.number)
        self._end_generation()
        unsure = [*edits, *self._committing]
        self._committing.clear()
        self._workbench.put_away()
        if self._reloading is None and self._open:
            reload = self._reload(unsure, error)
            self._reloading = asyncio.get_running_loop().create_task(reload)
        else:
            tell(unsure, error)

    async def _reload(self, unsure: list[Edit], error: NotSaved) -> None:
        """
        Load the room again.

        Args:
            unsure: Edits that may be on disk: what is there says so.
        """
        try:
            await self._log.settle(self.number)
            loaded = await self._load()
        except Exception:
            logger.exception(
                "the room cannot be loaded", extra={"action": "load_failed", "room": self.number}
            )
            self._reloading = None
            self.close(*BROKEN)
            tell(unsure, error)
            return
        self._reloading = None
        if self._open:
            self._go_on_with(loaded)
        for edit in unsure:
            if edit.done is None:  # a client's: it is asked; what broke the document cannot be read
                continue
            saved = loaded.accepted.knows(edit.update.data)
            tell([edit], None if saved else error)

    def _go_on_with(self, loaded: Loaded) -> None:
        """Show what was loaded and not shown, and ask everybody for what is missing."""
        shown = self._shown()
        self._take_over(loaded)
        missed = self.document.missing_for(shown)
        news = None if is_empty(missed) else Frame(sync_message(UPDATE, missed))
        for connection in self._people.connections:
            if connection.key in loaded.offenders:
                connection.close(*POISON)
                continue
            if news is not None:
                connection.send(news)
            connection.forget_unsaved()

    def _shown(self) -> bytes:
        """The state vector of what was shown; that of nothing, if it cannot be known any more."""
        try:
            return self.document.state_vector()
        except DocumentBroken:
            return NOTHING_KNOWN

    def _take_over(self, loaded: Loaded) -> None:
        loaded.accepted.inherit(self._loaded.accepted)  # ids seen in presence only are not on disk
        self._loaded = loaded
        self._workbench.put_away()

    # -- care

    def tick(self, now: float) -> None:
        """What has to be done about every second."""
        if self.document.broken and self._reloading is None:
            self._broke([])
        for connection in self._people.connections:
            connection.tick(now)
        direct = list(self._people.direct)
        for participant in direct:
            participant.renew()
        self._people.tick(now)
        if not direct:
            self._workbench.put_away()

    def close(self, code: int, reason: str) -> None:
        """Send everybody away and let the document go. What is on disk was shown."""
        if not self._open:
            return
        self._open = False
        self._end_generation()  # what the log still reports comes too late
        for connection in self._people.connections:
            connection.close(code, reason)
        if self._presence_timer is not None:
            self._presence_timer.cancel()
        self._log.forget(self.number)
        tell(self._committing, RoomClosed("the room was closed before this was saved"))
        self._committing.clear()
        self._workbench.put_away()
        del self._loaded  # the engine's memory goes now, whoever still holds the room

    def _open_workbench(self) -> Document:
        """
        A copy of the document as accepted, ahead of what is shown by what is in commit.

        Raises:
            RoomLoading: The document turns out to be broken.
        """
        with self._reading():
            return self._workbench.open(self.document, self._committing)

"""
The contract suite of the store: what every database must promise, SQLite today, Postgres later.

A test module inherits from the contracts and a fixture `backend` says which database they run on. What the
queries of one noun promise stands in ``tests/store``, on the same fixture.

Source: automerge-repo `src/helpers/tests/storage-adapter-tests.ts`, for one suite over many stores.
"""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Protocol

import numpy as np
import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from store import (
    documents,
    facilitators,
    participants,
    passages,
    rooms,
    sessions,
    snapshots,
    updatelog,
)
from store.database import Database
from store.documents import DocumentStatus, Viewer, Visibility
from store.errors import LogUnavailable
from store.models import Chunk, Document, Facilitator
from store.participants import Role
from store.passages import NewChunk
from store.postgres import PostgresDatabase
from store.search import Meaning, Search
from store.sessions import Type
from store.snapshots import SavedState
from store.updatelog import Entry, LogOptions, UpdateLog
from store.vectors_postgres import Halfvecs

#: How long anything may take before a test says it hangs, in seconds.
PATIENCE = 60.0


class Backend(Protocol):
    """A database with the newest schema and nothing in it, that may be opened, closed and opened again."""

    @property
    def victim(self) -> Sequence[str]:
        """The command of a process that runs `append_until_killed` on the same data."""

    def open(self) -> Database:
        """Return the database, to be entered."""

    def on_disk(self) -> bytes:
        """Return every byte it keeps."""


@dataclass(frozen=True, slots=True)
class Place:
    """A session with the rows every other row needs. `room`: its room's number."""

    facilitator: str
    session: str
    room: int
    person: str


def a_place(session: Session, name: str = "Ana") -> Place:
    """Make a session of its own."""
    host = facilitators.add(session, "Host", f"token-{name}-{datetime.now(UTC).isoformat()}")
    made = sessions.add(
        session,
        facilitator_id=host.id,
        title="Harbour development",
        question="How should the harbour grow?",
        type_=Type.OTHER,
        facilitator_reads_inputs=False,
    )
    room = rooms.add(session, made.id)
    person = participants.add(session, session_id=made.id, name=name, role=Role.PARTICIPANT)
    return Place(host.id, made.id, room.id, person.id)


class Kept:
    """Remembers what the log reports of a room."""

    def __init__(self) -> None:
        self.commits: list[tuple[int, int]] = []
        self.failures: list[LogUnavailable] = []
        self._news = asyncio.Event()

    def __call__(self, count: int, seq: int, failure: LogUnavailable | None) -> None:
        if failure is None:
            self.commits.append((count, seq))
        else:
            self.failures.append(failure)
        self._news.set()

    async def reports(self, number: int) -> None:
        """Wait until the log has reported so often."""
        async with asyncio.timeout(PATIENCE):
            while len(self.commits) + len(self.failures) < number:
                self._news.clear()
                await self._news.wait()


@dataclass(slots=True)
class Due:
    """A room's pace."""

    due: float


class Gate:
    """Holds a database thread at some point until the test lets it go on."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reached = asyncio.Event()
        self._open = threading.Event()

    def __call__(self, _session: Session) -> None:
        """Wait here."""
        self._loop.call_soon_threadsafe(self._reached.set)
        assert self._open.wait(PATIENCE), "nobody opened the gate"

    async def reached(self) -> None:
        """Wait until somebody waits at the gate."""
        await asyncio.wait_for(self._reached.wait(), PATIENCE)

    def open(self) -> None:
        """Let them go on."""
        self._open.set()


@contextmanager
def opened_at_the_end(gate: Gate) -> Iterator[Gate]:
    """Open a gate in any case: a failing test must not hang the writer."""
    try:
        yield gate
    finally:
        gate.open()


def edit(data: bytes = b"update", **fields: Any) -> Entry:
    """Return an entry for the log; the log does not look into its bytes."""
    return Entry(person="ana", via="socket", data=data, **fields)


async def append(log: UpdateLog, room: int, *entries: Entry) -> Kept:
    """Append entries in one go and wait for their commit."""
    kept = Kept()
    for entry in entries:
        log.append_soon(room, entry, kept)
    await kept.reports(1)
    return kept


async def append_until_killed(backend: Backend) -> None:
    """Append to the first room without end, and print each sequence number when it is said to be kept."""
    async with backend.open() as database:
        log = UpdateLog(database)
        number = 0

        def kept(count: int, seq: int, failure: LogUnavailable | None) -> None:
            print(seq if failure is None else failure, flush=True)  # noqa: T201 - read by the test

        while True:
            for _ in range(3):
                number += 1
                log.append_soon(1, edit(f"update {number}".encode(), clients=(number,)), kept)
            await log.idle()


class Contract:
    """What all contracts start from."""

    @pytest.fixture
    async def database(self, backend: Backend) -> AsyncIterator[Database]:
        async with backend.open() as database:
            yield database

    @pytest.fixture
    async def place(self, database: Database) -> Place:
        return await database.write(a_place)


class DatabaseContract(Contract):
    """Reading and writing."""

    async def test_what_was_written_can_be_read(self, database: Database) -> None:
        made = await database.write(facilitators.add, "Host", "a token")
        found = await database.read(facilitators.all_of_them)
        assert [one.id for one in found] == [made.id]

    async def test_a_write_that_raises_keeps_nothing(self, database: Database) -> None:
        def change(session: Session) -> None:
            facilitators.add(session, "Host", "a token")
            raise LookupError("thought better of it")

        with pytest.raises(LookupError, match="thought better of it"):
            await database.write(change)
        assert await database.read(facilitators.count) == 0

    async def test_a_write_after_one_that_raised_is_kept(self, database: Database) -> None:
        def change(session: Session) -> None:
            raise LookupError

        with pytest.raises(LookupError):
            await database.write(change)
        await database.write(facilitators.add, "Host", "a token")
        assert await database.read(facilitators.count) == 1

    async def test_a_reader_cannot_write(self, database: Database) -> None:
        with pytest.raises(DBAPIError):
            await database.read(facilitators.add, "Host", "a token")
        assert await database.read(facilitators.count) == 0

    async def test_a_write_goes_on_when_nobody_waits_for_it_any_more(
        self, database: Database
    ) -> None:
        gate = Gate()
        with opened_at_the_end(gate):
            waiting = asyncio.create_task(database.write(_add_behind(gate)))
            await gate.reached()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        await database.write(lambda _: None)
        assert await database.read(facilitators.count) == 1

    async def test_writes_never_overlap(self, database: Database) -> None:
        ident = (await database.write(facilitators.add, "0", "a token")).id

        def count_up(session: Session) -> None:
            row = session.get_one(Facilitator, ident)
            row.name = str(int(row.name) + 1)

        await asyncio.gather(*(database.write(count_up) for _ in range(50)))
        (found,) = await database.read(facilitators.all_of_them)
        assert found.name == "50"

    async def test_a_read_is_of_one_moment(self, database: Database) -> None:
        """A snapshot read before a write and a log read after it would not be one document."""
        written = threading.Event()

        def look_twice(session: Session) -> tuple[int, int]:
            before = facilitators.count(session)
            database.commit_soon(_add_facilitator, _ignore)
            database.commit_soon(
                lambda _: written.set(), _ignore
            )  # begins when the first is through
            assert written.wait(PATIENCE)
            return before, facilitators.count(session)

        assert await database.read(look_twice) == (0, 0)
        assert await database.read(facilitators.count) == 1

    async def test_the_log_goes_before_everything_else_that_waits(self, database: Database) -> None:
        gate, order = Gate(), list[str]()
        logged = asyncio.Event()
        with opened_at_the_end(gate):
            holding = asyncio.create_task(database.write(gate))
            await gate.reached()
            later = [
                asyncio.create_task(database.write(lambda _: order.append("rows")))
                for _ in range(2)
            ]
            await asyncio.sleep(0)
            database.commit_soon(lambda _: order.append("log"), lambda *_: logged.set())
        await asyncio.gather(holding, *later)
        await asyncio.wait_for(logged.wait(), PATIENCE)
        assert order == ["log", "rows", "rows"]

    async def test_closing_finishes_what_waits(self, backend: Backend) -> None:
        async with backend.open() as database:
            writing = [
                asyncio.create_task(database.write(facilitators.add, "Host", f"token {number}"))
                for number in range(20)
            ]
            await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.gather(*writing), PATIENCE)
        async with backend.open() as database:
            assert await database.read(facilitators.count) == 20

    async def test_a_closed_database_takes_nothing(self, backend: Backend) -> None:
        async with backend.open() as database:
            pass
        with pytest.raises(RuntimeError, match="closing"):
            await database.write(facilitators.add, "Host", "a token")

    async def test_rows_point_at_rows_that_exist(self, database: Database) -> None:
        with pytest.raises(DBAPIError):
            await database.write(rooms.add, "no such session")

    async def test_times_come_back_with_their_zone(self, database: Database) -> None:
        before = datetime.now(UTC)
        await database.write(facilitators.add, "Host", "a token")
        (found,) = await database.read(facilitators.all_of_them)
        assert before <= found.created_at <= datetime.now(UTC)


class UpdateLogContract(Contract):
    """The truth rooms are rebuilt from."""

    @pytest.fixture
    async def log(self, database: Database) -> UpdateLog:
        return UpdateLog(database)

    async def test_updates_come_back_in_order_and_unchanged(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        before = datetime.now(UTC)
        data = [bytes([number]) * number for number in range(5)]
        await append(log, place.room, *(edit(one) for one in data))
        found = await database.read(updatelog.read, place.room)
        assert [row.data for row in found] == data
        assert [row.seq for row in found] == [1, 2, 3, 4, 5]
        assert {(row.person, row.via) for row in found} == {("ana", "socket")}
        assert all(before <= row.at <= datetime.now(UTC) for row in found)

    async def test_what_comes_at_once_is_one_commit(self, log: UpdateLog, place: Place) -> None:
        kept = await append(log, place.room, edit(), edit(), edit())
        assert kept.commits == [(3, 3)]

    async def test_what_arrives_during_a_commit_forms_the_next_one(
        self, log: UpdateLog, place: Place
    ) -> None:
        gate, kept = Gate(), Kept()
        with opened_at_the_end(gate):
            log.append_soon(place.room, edit(also=gate), kept)
            await gate.reached()
            for _ in range(4):
                log.append_soon(place.room, edit(), kept)
                await asyncio.sleep(0)
            assert kept.commits == []
        await kept.reports(2)
        assert kept.commits == [(1, 1), (4, 5)]

    async def test_under_load_the_next_commit_waits_and_gathers(
        self, database: Database, place: Place
    ) -> None:
        log = UpdateLog(database, LogOptions(gap_factor=1e9, max_gap_seconds=0.05))
        gate, kept = Gate(), Kept()
        clock = asyncio.get_running_loop().time
        first = clock()
        with opened_at_the_end(gate):
            log.append_soon(place.room, edit(also=gate), kept)
            await gate.reached()
            log.append_soon(place.room, edit(), kept)
        await kept.reports(1)
        log.append_soon(place.room, edit(), kept)  # comes in the gap: goes with the one that waits
        await kept.reports(2)
        assert kept.commits == [(1, 1), (2, 3)]
        assert clock() - first >= 0.05

    async def test_under_load_a_commit_waits_also_for_what_comes_later(
        self, database: Database, place: Place
    ) -> None:
        log = UpdateLog(database, LogOptions(gap_factor=1e9, max_gap_seconds=PATIENCE * 2))
        await append(log, place.room, *(edit() for _ in range(4)))
        late = Kept()
        log.append_soon(place.room, edit(), late)
        await asyncio.sleep(0.05)
        assert late.commits == []

    async def test_a_commit_that_took_long_is_gap_enough(
        self, database: Database, place: Place
    ) -> None:
        log = UpdateLog(database, LogOptions(gap_factor=1e9, max_gap_seconds=0.5))
        gate, kept = Gate(), Kept()
        with opened_at_the_end(gate):
            log.append_soon(place.room, edit(also=gate), kept)
            await gate.reached()
            await asyncio.sleep(0.5)
            log.append_soon(place.room, edit(), kept)
        await kept.reports(1)
        done = asyncio.get_running_loop().time()
        await kept.reports(2)
        assert asyncio.get_running_loop().time() - done < 0.45

    async def test_a_room_that_shows_nothing_yet_is_left_for_a_later_commit(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        other = await database.write(a_place, "Ben")
        clock = asyncio.get_running_loop().time
        patient, at_once, pace = Kept(), Kept(), Due(clock() + 0.3)
        log.append_soon(place.room, edit(), patient, pace)
        log.append_soon(other.room, edit(), at_once)
        await at_once.reports(1)
        log.append_soon(place.room, edit(), patient, pace)  # goes with the one that waits
        assert patient.commits == []
        await patient.reports(1)
        assert patient.commits == [(2, 2)]
        assert clock() >= pace.due - 0.1  # so that it is through by then

    async def test_what_comes_while_a_room_is_committed_waits_for_its_next_frame(
        self, log: UpdateLog, place: Place
    ) -> None:
        clock = asyncio.get_running_loop().time
        gate, kept, pace = Gate(), Kept(), Due(0.0)

        def shown(count: int, seq: int, failure: LogUnavailable | None) -> None:
            pace.due = clock() + 0.3
            kept(count, seq, failure)

        with opened_at_the_end(gate):
            log.append_soon(place.room, edit(also=gate), shown, pace)
            await gate.reached()
            log.append_soon(place.room, edit(), shown, pace)
        await kept.reports(1)
        due = pace.due
        await kept.reports(2)
        assert clock() >= due - 0.2
        assert kept.commits == [(1, 1), (1, 2)]

    async def test_what_is_dropped_before_its_room_was_due_is_not_waited_for(
        self, log: UpdateLog, place: Place
    ) -> None:
        loop = asyncio.get_running_loop()
        kept = Kept()
        log.append_soon(place.room, edit(), kept, Due(loop.time() + 0.05))
        waiting = asyncio.create_task(log.idle())
        await asyncio.sleep(0)
        log.discard(place.room)
        await asyncio.wait_for(waiting, PATIENCE)
        await append(log, place.room, edit())
        assert kept.commits == []

    async def test_an_idle_log_commits_at_once(self, database: Database, place: Place) -> None:
        log = UpdateLog(database, LogOptions(gap_factor=1e9, max_gap_seconds=PATIENCE * 2))
        for _ in range(3):
            await append(log, place.room, edit())

    async def test_rooms_share_a_commit_and_number_for_themselves(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        other = await database.write(a_place, "Ben")
        first, second = Kept(), Kept()
        log.append_soon(place.room, edit(b"1"), first)
        log.append_soon(other.room, edit(b"2"), second)
        log.append_soon(place.room, edit(b"3"), first)
        await log.idle()
        assert (first.commits, second.commits) == ([(2, 2)], [(1, 1)])
        assert [row.data for row in await database.read(updatelog.read, other.room)] == [b"2"]

    async def test_rows_of_the_application_go_in_with_their_update(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        await append(log, place.room, edit(also=_add_facilitator))
        assert await database.read(_names) == ["Host", "with the update"]

    async def test_rows_that_do_not_go_in_keep_their_update_out(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        kept = await append(log, place.room, edit(also=_add_and_fail))
        assert isinstance(kept.failures[0].__cause__, LookupError)
        assert await database.read(updatelog.read, place.room) == []
        assert await database.read(_names) == ["Host"]

    async def test_the_failure_of_one_room_harms_no_other(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        other = await database.write(a_place, "Ben")
        bad, good = Kept(), Kept()
        log.append_soon(place.room, edit(b"before it"), bad)
        log.append_soon(place.room, edit(also=_add_and_fail), bad)
        log.append_soon(other.room, edit(b"good", also=_add_facilitator), good)
        await log.idle()
        assert len(bad.failures) == 1
        assert good.commits == [(1, 1)]
        assert await database.read(updatelog.read, place.room) == []
        assert await database.read(_names) == ["Host", "Host", "with the update"]

    async def test_a_commit_that_fails_keeps_nothing_and_tells_every_room(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        first, second = Kept(), Kept()
        log.append_soon(place.room, edit(), first)
        log.append_soon(place.room + 1000, edit(), second)  # no such room
        await log.idle()
        assert (len(first.failures), len(second.failures)) == (1, 1)
        assert await database.read(updatelog.read, place.room) == []

    async def test_a_commit_that_fails_at_its_very_end_has_kept_nothing(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        """On a full disk every statement goes well, and the commit does not."""
        kept = Kept()
        log.append_soon(place.room, edit(also=_fail_the_commit), kept)
        await log.idle()
        assert (kept.commits, len(kept.failures)) == ([], 1)
        assert await database.read(updatelog.read, place.room) == []

    async def test_numbers_have_no_holes_after_failures(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        await append(log, place.room, edit(), edit())
        await append(log, place.room, edit(also=_add_and_fail))
        await append(log, place.room + 1000, edit())
        unlucky = Kept()
        log.append_soon(place.room, edit(), unlucky)
        log.append_soon(place.room + 1000, edit(), unlucky)
        await log.idle()
        await append(log, place.room, edit(), edit())
        found = await database.read(updatelog.read, place.room)
        assert [row.seq for row in found] == [1, 2, 3, 4]

    async def test_numbers_go_on_after_a_restart(self, backend: Backend) -> None:
        async with backend.open() as database:
            place = await database.write(a_place)
            await append(UpdateLog(database), place.room, edit(), edit())
        async with backend.open() as database:
            kept = await append(UpdateLog(database), place.room, edit())
            assert kept.commits == [(1, 3)]

    async def test_numbers_go_on_when_a_snapshot_has_swallowed_the_whole_log(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        """Starting again from one would hide every new update behind the snapshot."""
        await append(log, place.room, edit(), edit(), edit())
        await database.write(snapshots.save, place.room, SavedState(3, b"all"), keep=1)
        later = datetime.now(UTC) + timedelta(seconds=1)
        assert await database.write(updatelog.trim, place.room, upto=3, before=later) == 3
        kept = await append(UpdateLog(database), place.room, edit())
        assert kept.commits == [(1, 4)]

    async def test_a_room_that_fails_over_the_news_does_not_keep_others_waiting(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        other = await database.write(a_place, "Ben")
        good = Kept()

        def fail(count: int, seq: int, failure: LogUnavailable | None) -> None:
            raise LookupError("a bug in this room")

        log.append_soon(place.room, edit(), fail)
        log.append_soon(other.room, edit(), good)
        await asyncio.wait_for(log.idle(), PATIENCE)
        assert good.commits == [(1, 1)]

    async def test_what_was_discarded_is_not_written(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        gate, kept = Gate(), Kept()
        with opened_at_the_end(gate):
            log.append_soon(place.room, edit(b"under way", also=gate), kept)
            await gate.reached()
            log.append_soon(place.room, edit(b"waiting"), kept)
            log.discard(place.room)
        await log.idle()
        assert kept.commits == [(1, 1)]
        assert [row.data for row in await database.read(updatelog.read, place.room)] == [
            b"under way"
        ]

    async def test_settling_waits_for_the_commit_of_this_room_alone(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        other = await database.write(a_place, "Ben")
        gate, kept = Gate(), Kept()
        with opened_at_the_end(gate):
            log.append_soon(place.room, edit(also=gate), kept)
            await gate.reached()
            await asyncio.wait_for(log.settle(other.room), PATIENCE)
            settling = asyncio.create_task(log.settle(place.room))
            await asyncio.sleep(0)
            assert not settling.done()
        await asyncio.wait_for(settling, PATIENCE)
        assert kept.commits == [(1, 1)]

    async def test_an_idle_log_has_written_everything(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        kept = Kept()
        for _ in range(10):
            log.append_soon(place.room, edit(), kept)
            await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE):
            await log.idle()
        assert sum(count for count, _ in kept.commits) == 10
        assert await database.read(updatelog.last_seq, place.room) == 10

    async def test_a_closed_database_is_told_to_the_room(self, backend: Backend) -> None:
        async with backend.open() as database:
            place = await database.write(a_place)
        kept = await append(UpdateLog(database), place.room, edit())
        assert len(kept.failures) == 1

    async def test_reading_can_start_after_a_number(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        await append(log, place.room, edit(), edit(), edit())
        found = await database.read(updatelog.read, place.room, after=2)
        assert [row.seq for row in found] == [3]

    async def test_trimming_takes_what_is_covered_and_old(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        await append(log, place.room, edit(), edit())
        between = datetime.now(UTC)
        await append(log, place.room, edit())
        later = between + timedelta(hours=1)
        assert await database.write(updatelog.trim, place.room, upto=1, before=later) == 1
        assert await database.write(updatelog.trim, place.room, upto=3, before=between) == 1
        found = await database.read(updatelog.read, place.room)
        assert [row.seq for row in found] == [3]

    async def test_a_room_nobody_has_open_is_appended_to_in_the_callers_transaction(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        await append(log, place.room, edit())
        log.forget(place.room)
        await database.write(
            updatelog.append_now, place.room, b"seed", person="server", via="server"
        )
        kept = await append(log, place.room, edit())
        assert kept.commits == [(1, 3)]

    async def test_whose_a_client_id_is_comes_back(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        other = await database.write(a_place, "Ben")
        big = 2**53 - 1
        await append(log, place.room, edit(clients=(17, big)), edit())
        await append(log, other.room, Entry("ben", "socket", b"", clients=(17,)))
        assert await database.read(updatelog.read_clients, place.room) == {17: "ana", big: "ana"}
        assert await database.read(updatelog.read_clients, other.room) == {17: "ben"}

    async def test_a_client_id_never_becomes_anybody_elses(
        self, database: Database, log: UpdateLog, place: Place
    ) -> None:
        await append(log, place.room, edit(clients=(17,)))
        kept = await append(log, place.room, Entry("ben", "socket", b"", clients=(17,)))
        assert len(kept.failures) == 1
        assert await database.read(updatelog.read_clients, place.room) == {17: "ana"}
        assert len(await database.read(updatelog.read, place.room)) == 1

    async def test_what_was_kept_survives_a_killed_process(self, backend: Backend) -> None:
        async with backend.open() as database:
            place = await database.write(a_place)
            assert place.room == 1
        promised = await asyncio.to_thread(_kill_after, backend.victim, 40)
        async with backend.open() as database:
            found = await database.read(updatelog.read, place.room)
            clients = await database.read(updatelog.read_clients, place.room)
        assert len(found) >= promised >= 40
        assert [row.seq for row in found] == list(range(1, len(found) + 1))
        assert [row.data for row in found] == [f"update {row.seq}".encode() for row in found]
        assert sorted(clients) == [row.seq for row in found]


class SnapshotContract(Contract):
    """Snapshots: many updates as one."""

    async def test_a_room_without_snapshot_has_none(self, database: Database, place: Place) -> None:
        assert await database.read(snapshots.latest, place.room) is None
        assert await database.read(snapshots.oldest_seq, place.room) == 0

    async def test_the_newest_one_comes_back_unchanged(
        self, database: Database, place: Place
    ) -> None:
        data = bytes(range(256)) * 100
        await database.write(snapshots.save, place.room, SavedState(7, b"old"), keep=2)
        await database.write(snapshots.save, place.room, SavedState(9, data), keep=2)
        assert await database.read(snapshots.latest, place.room) == SavedState(9, data)

    async def test_as_many_as_asked_for_stay(self, database: Database, place: Place) -> None:
        for seq in (3, 6, 9, 12):
            await database.write(snapshots.save, place.room, SavedState(seq, b""), keep=2)
        assert await database.read(snapshots.oldest_seq, place.room) == 9

    async def test_the_same_one_twice_is_one(self, database: Database, place: Place) -> None:
        for data in (b"first", b"second"):
            await database.write(snapshots.save, place.room, SavedState(3, data), keep=2)
        assert await database.read(snapshots.latest, place.room) == SavedState(3, b"second")

    async def test_rooms_keep_their_own(self, database: Database, place: Place) -> None:
        other = await database.write(a_place, "Ben")
        await database.write(snapshots.save, place.room, SavedState(5, b"mine"), keep=1)
        await database.write(snapshots.save, other.room, SavedState(2, b"theirs"), keep=1)
        assert await database.read(snapshots.latest, place.room) == SavedState(5, b"mine")


class SearchContract(Contract):
    """Search: the right passages, only what the asker may see, by words and by meaning."""

    @pytest.fixture
    def search(self, database: Database | PostgresDatabase) -> Search:
        """Search over the database, with the vectors of its kind."""
        if isinstance(database, Database):
            return Search(database)
        return Search(database, Halfvecs(database))

    async def _found(
        self, search: Search, place: Place, query: str, meaning: Meaning | None = None
    ) -> list[str]:
        hits = await search.search(place.session, query, viewer=documents.BOT, meaning=meaning)
        return [hit.passage.text for hit in hits]

    async def test_words_are_found_in_any_form_and_case(
        self, database: Database, place: Place, search: Search
    ) -> None:
        await give(database, place, "The harbours grow.", "Trains run.", "A café opens.")
        assert await self._found(search, place, "HARBOUR growing") == ["The harbours grow."]
        assert await self._found(search, place, "cafe") == ["A café opens."]
        assert await self._found(search, place, "ship") == []

    async def test_the_passage_with_more_of_the_words_comes_first(
        self, database: Database, place: Place, search: Search
    ) -> None:
        await give(database, place, "The harbour.", "The quiet harbour.", "Quiet trains run far.")
        found = await self._found(search, place, "quiet harbour")
        assert found[0] == "The quiet harbour."
        assert len(found) == 3

    @pytest.mark.parametrize(
        ("text", "query"),
        [
            ("港口应该慢慢地发展", "慢慢"),
            ("港は静かに育つべきである", "静か"),
            ("ท่าเรือควรเติบโตอย่างช้าๆ", "เติบโต"),
            ("항구는 천천히 성장해야 한다", "성장"),
            ("הנמל צריך לגדול", "הנמל"),
            ("बंदरगाह धीरे बढ़े", "बंदरगाह"),
        ],
    )
    async def test_words_are_found_in_scripts_without_spaces_too(
        self, database: Database, place: Place, search: Search, text: str, query: str
    ) -> None:
        await give(database, place, text, "Something else 他の事")
        assert await self._found(search, place, query) == [text]

    async def test_quoted_words_are_found_together_only(
        self, database: Database, place: Place, search: Search
    ) -> None:
        await give(database, place, "A quiet harbour.", "Quiet is the harbour.")
        assert await self._found(search, place, '"quiet harbour"') == ["A quiet harbour."]
        assert await self._found(search, place, 'is "quiet harbour"') == ["A quiet harbour."]

    @pytest.mark.parametrize(
        "query",
        [
            "", " ", '"', "*", "harbour*", "NEAR(", "words:harbour", "session:x OR harbour", "-", "a" * 9000,
            "{words} : x", "harbour) OR (x", "';--", "\x00", "%", '""', "“”", "AND OR NOT",
        ],
    )  # fmt: skip
    async def test_no_query_is_an_error(
        self, database: Database, place: Place, search: Search, query: str
    ) -> None:
        await give(database, place, "The harbour grows.")
        found = await self._found(search, place, query)
        assert found == (["The harbour grows."] if "harbour" in query else [])

    async def test_words_of_headings_are_found(
        self, database: Database, place: Place, search: Search
    ) -> None:
        await give(database, place, "It grows.", headings=("The harbour",))
        assert await self._found(search, place, "harbour") == ["It grows."]

    async def test_another_session_is_never_searched(
        self, database: Database, place: Place, search: Search
    ) -> None:
        other = await database.write(a_place, "Ben")
        await give(database, other, "The harbour grows.", vectors=[(1.0, 0.0)])
        meaning = Meaning("m", np.array([1, 0], np.float32))
        assert await self._found(search, place, "harbour", meaning) == []

    async def test_people_find_their_own_and_what_is_shown_to_all(
        self, database: Database, place: Place, search: Search
    ) -> None:
        ben = await database.write(
            participants.add, session_id=place.session, name="Ben", role=Role.PARTICIPANT
        )
        shared = Visibility.SESSION
        await give(database, place, "Harbour, private.", vectors=[(1.0, 0.0)])
        await give(database, place, "Harbour, shared.", vectors=[(1.0, 0.0)], visibility=shared)
        meaning = Meaning("m", np.array([1, 0], np.float32))
        for viewer, wanted in (
            (Viewer(place.person), 2),
            (Viewer(ben.id), 1),
            (Viewer(ben.id, everything=True), 2),
        ):
            for with_meaning in (None, meaning):
                hits = await search.search(
                    place.session, "harbour", viewer=viewer, meaning=with_meaning
                )
                assert len(hits) == wanted

    async def test_the_few_that_may_be_read_are_found_among_many_that_may_not(
        self, database: Database, place: Place, search: Search
    ) -> None:
        await give(database, place, *(f"Harbour {number}." for number in range(300)))
        shared = Visibility.SESSION
        await give(database, place, "A long talk about the harbour.", visibility=shared)
        hits = await search.search(place.session, "harbour", viewer=Viewer("somebody"))
        assert [hit.passage.text for hit in hits] == ["A long talk about the harbour."]

    async def test_what_is_not_ready_is_not_found(
        self, database: Database, place: Place, search: Search
    ) -> None:
        ident = await give(database, place, "The harbour grows.")
        await database.write(documents.advance, ident, status="processing")
        assert await self._found(search, place, "harbour") == []

    async def test_meaning_finds_what_words_do_not(
        self, database: Database, place: Place, search: Search
    ) -> None:
        await give(
            database, place, "Ships.", "Trains.", "Boats.", vectors=[(1, 0), (0, 1), (0.8, 0.6)]
        )
        meaning = Meaning("m", np.array([1, 0], np.float32))
        assert await self._found(search, place, "vessel", meaning) == ["Ships.", "Boats."]

    async def test_what_both_ways_find_comes_first(
        self, database: Database, place: Place, search: Search
    ) -> None:
        await give(
            database, place, "Ships.", "A harbour.", "Harbour trains.", vectors=[(1, 0), (0.8, 0.6), (0, 1)]
        )  # fmt: skip
        hits = await search.search(
            place.session,
            "harbour",
            viewer=documents.BOT,
            meaning=Meaning("m", np.array([1, 0], np.float32)),
        )
        assert hits[0].passage.text == "A harbour."
        assert hits[0].found_by == ("words", "meaning")
        assert {hit.found_by for hit in hits[1:]} == {("words",), ("meaning",)}

    async def test_vectors_of_another_model_are_not_compared(
        self, database: Database, place: Place, search: Search
    ) -> None:
        await give(database, place, "Ships.", vectors=[(1, 0)])
        for meaning in (
            Meaning("other", np.array([1, 0], np.float32)),
            Meaning("m", np.array([1, 0, 0], np.float32)),
        ):
            assert await self._found(search, place, "vessel", meaning) == []

    async def test_what_is_added_or_removed_shows_at_once(
        self, database: Database, place: Place, search: Search
    ) -> None:
        meaning = Meaning("m", np.array([1, 0], np.float32))
        first = await give(database, place, "Ships.", vectors=[(1, 0)])
        assert await self._found(search, place, "ships", meaning) == ["Ships."]
        await give(database, place, "Ships too.", vectors=[(1, 0)])
        assert len(await self._found(search, place, "ships", meaning)) == 2
        await database.write(_remove, first)
        assert await self._found(search, place, "ships", meaning) == ["Ships too."]

    async def test_the_same_chunks_twice_are_there_once(
        self, database: Database, place: Place, search: Search
    ) -> None:
        ident = await give(database, place, "Ships.", vectors=[(1, 0)])
        document = await database.read(documents.find, ident)
        assert document is not None
        await database.write(passages.add, document, [NewChunk(0, 6, "Ships.")])
        await database.write(_add_vectors, ident, [(1, 0)])
        document = await database.read(documents.find, ident)
        assert document is not None
        assert await database.read(passages.count, ident) == document.passages == 1
        assert await self._found(search, place, "ships") == ["Ships."]

    async def test_nothing_of_a_removed_document_is_found(
        self, database: Database, place: Place, search: Search
    ) -> None:
        ident = await give(database, place, "Ships.", vectors=[(1, 0)])
        await database.write(passages.clear, ident)
        document = await database.read(documents.find, ident)
        assert document is not None
        assert document.passages == 0
        await database.write(_remove, ident)
        meaning = Meaning("m", np.array([1, 0], np.float32))
        assert await self._found(search, place, "ships", meaning) == []
        assert await database.read(passages.vectors_state, place.session, "m") == (0, 0)
        assert await database.read(documents.find, ident) is None

    async def test_only_so_many_are_returned(
        self, database: Database, place: Place, search: Search
    ) -> None:
        await give(database, place, *(f"Harbour {number}." for number in range(30)))
        hits = await search.search(place.session, "harbour", viewer=documents.BOT, limit=7)
        assert len(hits) == 7


_givings = count()


async def give(
    database: Database | PostgresDatabase,
    place: Place,
    *texts: str,
    headings: tuple[str, ...] = (),
    vectors: Sequence[tuple[float, ...]] = (),
    visibility: Visibility = Visibility.PRIVATE,
) -> str:
    """Keep a ready document of these chunks; return its id. Vectors are of the model ``m``."""
    ident = f"document-{next(_givings)}"

    def change(session: Session) -> None:
        document = documents.add(
            session,
            ident=ident,
            session_id=place.session,
            participant_id=place.person,
            name="report.pdf",
            size=1,
            sha256="0" * 64,
            visibility=visibility,
        )
        at = 0
        chunks = []
        for text in texts:
            chunks.append(NewChunk(at, at + len(text), text, headings))
            at += len(text) + 1
        passages.add(session, document, chunks)
        document.status = DocumentStatus.READY.value

    await database.write(change)
    await database.write(_add_vectors, ident, vectors)
    return ident


def _remove(session: Session, ident: str) -> None:
    documents.remove(session, session.get_one(Document, ident))


def _add_vectors(session: Session, ident: str, vectors: Sequence[tuple[float, ...]]) -> None:
    document = session.get_one(Document, ident)
    query = select(Chunk.id).where(Chunk.document_id == ident).order_by(Chunk.id)
    dim = len(vectors[0]) if vectors else 0
    pairs = [
        (chunk, np.array(vector, "<f4").tobytes())
        for chunk, vector in zip(session.scalars(query), vectors, strict=False)
    ]
    passages.add_vectors(session, session_id=document.session_id, model="m", dim=dim, vectors=pairs)


def _add_behind(gate: Gate) -> Callable[[Session], None]:
    def change(session: Session) -> None:
        gate(session)
        _add_facilitator(session)

    return change


def _add_facilitator(session: Session) -> None:
    facilitators.add(session, "with the update", "a token")


def _ignore(_result: Any, _error: BaseException | None) -> None:
    """Nobody waits for this commit."""


def _add_and_fail(session: Session) -> None:
    _add_facilitator(session)
    raise LookupError("thought better of it")


def _fail_the_commit(session: Session) -> None:
    def fail(session: Session) -> None:
        if not session.in_nested_transaction():
            raise OSError("no space left on device")

    event.listen(session, "before_commit", fail)


def _names(session: Session) -> list[str]:
    return [one.name for one in facilitators.all_of_them(session)]


def _kill_after(command: Sequence[str], lines: int) -> int:
    """Run a process, kill it as a power cut would when it has promised so much; return its last promise."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        promised = 0
        for line in process.stdout:
            promised = int(line)
            if promised >= lines:
                break
        process.kill()
        for line in process.stdout:  # promised before the kill struck
            promised = int(line) if line.endswith("\n") else promised
    return promised

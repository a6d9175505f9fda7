"""`rooms.history`: versions are kept when a snapshot is written, and outlive the rows they were made from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session

from collab.errors import DocumentBroken
from collab.rewrite import text_of
from rooms import history
from rooms.compaction import compact, rebuild
from rooms.history import Retraced, read, retrace
from rooms.options import RoomOptions
from rooms.versions import Cause, unpack
from store import updatelog
from store import versions as rows
from store.database import Database
from store.models import LoggedUpdate, StatementVersion
from tests.collab.peers import Peer
from tests.rooms.test_registry import make_room, opened

NOW = datetime.now(UTC).replace(hour=12, minute=0)
OPTIONS = RoomOptions(keep_snapshots=1)


class Story:
    """A room and somebody who writes in it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.peer = Peer(20)

    async def begin(self) -> None:
        await self.database.write(make_room)
        await self.database.write(
            lambda s: (
                s.execute(sql_update(LoggedUpdate).values(at=NOW - timedelta(days=60))) and None
            )
        )

    async def write(self, words: str, ago: timedelta, person: str = "ana") -> None:
        """Log what somebody typed at the end, some time ago."""
        update = self.peer.type(words)

        def log(session: Session) -> None:
            updatelog.append_now(session, 1, update, person=person, via="socket")
            newest = select(func.max(LoggedUpdate.seq)).scalar_subquery()
            session.execute(
                sql_update(LoggedUpdate).where(LoggedUpdate.seq == newest).values(at=NOW - ago)
            )

        await self.database.write(log)

    async def compact(self, options: RoomOptions = OPTIONS) -> None:
        await compact(self.database, 1, options)

    async def history(self, wanted: Sequence[int] = ()) -> Retraced:
        return retrace(await self.database.read(read, 1), wanted)

    async def text(self, seq: int) -> list[tuple[str | None, str | None]]:
        """Return a version's text, each piece with its author."""
        found = await self.history([seq])
        if seq in found.texts:
            pieces, writers = found.texts[seq], found.writers
        else:
            pieces, writers = unpack((await self.database.read(rows.get, 1, seq)).text)
        return [
            (one.text, writers[one.author].person if one.author >= 0 else None) for one in pieces
        ]

    async def log_length(self) -> int:
        return len(await self.database.read(updatelog.read, 1))


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with opened(tmp_path) as database:
        found = Story(database)
        await found.begin()
        yield found


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def test_what_is_in_the_log_and_what_is_kept_tell_the_same_story(story: Story) -> None:
    await story.write("One. ", 3 * HOUR)
    await story.write("Two. ", 2 * HOUR, "bo")
    before = await story.history()
    assert [one.seq for one in before.versions] == [2, 3]
    await story.compact()
    assert (await story.history()).versions == before.versions
    assert await story.text(2) == [("One. ", "ana"), ("\n", "server")]
    # The last version goes on after the snapshot, and is one version all the same.
    await story.write("And more. ", 2 * HOUR - timedelta(minutes=1), "cy")
    await story.write("Three. ", HOUR)
    found = await story.history()
    assert [(one.first, one.seq) for one in found.versions] == [(2, 2), (3, 4), (5, 5)]
    await story.compact()
    assert (await story.history()).versions == found.versions
    assert await story.text(5) == [
        ("One. ", "ana"),
        ("Two. ", "bo"),
        ("And more. ", "cy"),
        ("Three. ", "ana"),
        ("\n", "server"),
    ]
    assert text_of((await story.history()).now) == str(story.peer.text)


async def test_texts_outlive_the_rows_and_then_one_of_each_day_does(story: Story) -> None:
    for days in (20, 19):
        for hours in (3, 2, 1):
            await story.write(f"{days}.{hours} ", days * DAY + hours * HOUR)
    await story.write("today ", HOUR)
    whole = await story.history()
    assert len(whole.versions) == 7
    await story.compact()
    assert await story.log_length() == 1  # what is older than a week went, today's stays
    found = (await story.history()).versions
    assert [(one.first, one.seq, one.joined) for one in found] == [(2, 4, 3), (5, 7, 3), (8, 8, 1)]
    assert (await story.text(4))[0] == ("20.3 20.2 20.1 ", "ana")
    assert (
        sum(one.shares[writer].added for one in found for writer in one.shares)
        == len(str(story.peer.text)) - 1
    )
    # Nothing happens to it when the next snapshot comes.
    await story.write("more ", timedelta(minutes=30))
    await story.compact()
    assert (await story.history()).versions[:3] == found


async def test_who_wrote_what_is_known_when_no_row_is_left(story: Story) -> None:
    await story.write("Größe zählt. ", 30 * DAY)
    await story.compact(RoomOptions(keep_snapshots=1, history_seconds=0))
    assert await story.log_length() == 0
    await story.write("Not here. ", HOUR, "bo")
    assert await story.text(3) == [("Größe zählt. ", "ana"), ("Not here. ", "bo"), ("\n", "server")]


async def test_an_older_data_folder_begins_with_what_was_found(story: Story) -> None:
    """Logs were trimmed before versions were kept: what is gone is not made up."""
    await story.write("Long ago. ", 30 * DAY)
    await story.compact(RoomOptions(keep_snapshots=1, history_seconds=0))
    await story.database.write(lambda s: s.execute(delete(StatementVersion)) and None)
    await story.write("Now. ", HOUR, "bo")
    found, written = (await story.history()).versions
    assert (found.cause, found.shares, found.characters) == (Cause.FOUND, {}, 11)
    assert written.cause is Cause.WRITTEN
    texts = (await story.history([found.seq])).texts
    assert [(one.text, one.author) for one in texts[found.seq]] == [("Long ago. \n", -1)]
    await story.compact()
    assert (await story.history()).versions == [found, written]


async def test_versions_that_fell_behind_are_made_again_from_the_log(
    story: Story, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await story.write("One. ", 3 * HOUR)
    await story.compact()

    def fail(*_: object, **__: object) -> None:
        raise DocumentBroken("for once")

    await story.write("Two. ", 2 * HOUR)
    with monkeypatch.context() as patch:
        patch.setattr(history, "retrace", fail)
        await story.compact()  # the snapshot is written all the same
    assert "versions could not be made" in caplog.text
    await story.write("Three. ", HOUR)
    assert [one.seq for one in (await story.history()).versions] == [2, 3, 4]
    await story.compact()
    assert [one.seq for one in await story.database.read(rows.of_room, 1)] == [2, 3, 4]


async def test_an_empty_statement_has_no_versions(story: Story) -> None:
    assert (await story.history()).versions == []
    await story.compact()
    assert (await story.history()).versions == []
    assert text_of((await story.history()).now) == "\n"


async def test_a_room_written_anew_has_no_versions_from_before(story: Story) -> None:
    await story.write("Before. ", 2 * HOUR)
    await story.compact()
    await rebuild(story.database, 1, OPTIONS)
    assert await story.database.read(rows.of_room, 1) == []
    await story.write("After. ", HOUR, "bo")
    found = await story.history()
    assert [one.cause for one in found.versions[:1]] == [Cause.FOUND]
    assert await story.text(found.versions[-1].seq) == [
        ("Before. ", None),
        ("After. ", "bo"),
        ("\n", None),
    ]

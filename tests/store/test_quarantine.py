from __future__ import annotations

import pytest

from store import quarantine, updatelog
from store.database import Database
from store.errors import NotFound
from store.quarantine import Culprit
from store.testing import Place


async def three_updates(database: Database, place: Place) -> None:
    for number, who in enumerate(("ana", "mallory", "ben")):
        await database.write(
            updatelog.append_now, place.room, b"%d" % number, person=who, via="socket"
        )


async def test_what_is_set_aside_leaves_the_log_with_all_it_has(
    database: Database, place: Place
) -> None:
    await three_updates(database, place)
    first = updatelog.Logged
    rows = await database.read(updatelog.read, place.room)
    seqs = [row.seq for row in rows]
    culprits = [
        Culprit(seqs[1], "ends the process", (77,)),
        Culprit(seqs[2], "builds on it", follows=True),
    ]
    authors = await database.write(quarantine.set_aside, place.room, culprits)
    assert authors == ["mallory"]
    left = await database.read(updatelog.read, place.room)
    assert [type(row) is first and row.seq for row in left] == seqs[:1]
    kept = await database.read(quarantine.everything)
    assert [(row.seq, row.person, row.data, row.clients) for row in kept] == [
        (seqs[1], "mallory", b"1", [77]),
        (seqs[2], "ben", b"2", []),
    ]
    assert kept[0].at == rows[1].at
    assert await database.read(quarantine.banned_clients, place.room) == {77}
    assert await database.read(quarantine.seqs, place.room) == set(seqs[1:])


async def test_its_numbers_are_not_given_again(database: Database, place: Place) -> None:
    await three_updates(database, place)
    last = await database.read(updatelog.last_seq, place.room)
    await database.write(quarantine.set_aside, place.room, [Culprit(last, "bad", (7,))])
    await database.write(updatelog.append_now, place.room, b"new", person="ana", via="socket")
    assert await database.read(updatelog.last_seq, place.room) == last + 1


async def test_what_is_not_in_the_log_cannot_be_set_aside(database: Database, place: Place) -> None:
    assert await database.write(quarantine.set_aside, place.room, [Culprit(99, "bad")]) == []
    assert await database.read(quarantine.everything) == []


async def test_dropping_one_forgets_it_for_good(database: Database, place: Place) -> None:
    await three_updates(database, place)
    last = await database.read(updatelog.last_seq, place.room)
    await database.write(quarantine.set_aside, place.room, [Culprit(last, "bad", (7,))])
    (kept,) = await database.read(quarantine.everything)
    await database.write(quarantine.drop, kept.id)
    assert await database.read(quarantine.banned_clients, place.room) == set()
    with pytest.raises(NotFound):
        await database.write(quarantine.drop, kept.id)
    with pytest.raises(NotFound):
        await database.read(quarantine.get, kept.id)

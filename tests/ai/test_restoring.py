"""`ai.restoring`: the statement as it was, by an edit on top of everything."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from ai.restoring import find, restore
from collab import positions, statement
from collab.errors import Frozen
from collab.origins import Origin, Via
from collab.rewrite import as_it_is, text_of
from rooms.compaction import compact
from rooms.errors import RESTARTING
from rooms.history import Retraced
from rooms.options import RoomOptions
from store.errors import DataDamaged, NotFound
from store.models import LoggedUpdate
from tests.ai.places import Place, place


async def write(there: Place, text: str) -> int:
    """Put text at the start of the statement; return the update."""
    await there.write(text, "Ana")
    return (await there.room()).seq


async def text(there: Place) -> str:
    room = await there.room()
    return statement.text_of(room.document)


async def test_there_and_back_again_kept_or_not(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana") as there:
        first = await write(there, "Größe zählt.")
        room = await there.room()
        ask = (there.database, there.registry, there.session, there.by("Host"))
        with_embed = as_it_is(room.document)
        assert await restore(*ask, first) is False
        await room.edit(lambda it: positions.delete(it.statement, 0, 6), Origin("bot", Via.BOT))
        second = room.seq
        assert await text(there) == "zählt.\n"
        assert await restore(*ask, first) is True
        assert await text(there) == text_of(with_embed)
        await compact(there.database, room.number, RoomOptions(keep_snapshots=1))
        assert await restore(*ask, second) is True
        assert await text(there) == "zählt.\n"
        assert await restore(*ask, first) is True
        found = await find(there.database, there.registry, room.number, first)
        assert found.writers[found.pieces[0].author].person == there.people["Ana"]
        assert text_of(found.now) == await text(there)
        entries = [(one.actor, one.action, one.details) for one in await there.audited()]
        assert entries == [
            (there.people["Host"], "statement.restored", {"version": seq})
            for seq in (first, second, first)
        ]


async def test_a_room_that_is_let_go_meanwhile_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with place(tmp_path, "Ana") as there:
        first = await write(there, "One.")
        await write(there, "Two. ")
        retrace = there.registry.retrace

        async def slowly(number: int, wanted: Collection[int] = ()) -> Retraced:
            (await there.room()).close(*RESTARTING)
            return await retrace(number, wanted)

        monkeypatch.setattr(there.registry, "retrace", slowly)
        ask = (there.database, there.registry, there.session, there.by("Host"))
        assert await restore(*ask, first) is True
        assert await text(there) == "One.\n"


async def test_what_people_decide_about_stays_as_it_is(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana") as there:
        first = await write(there, "One.")
        await write(there, "Two. ")
        room = await there.room()
        room.freeze()
        with pytest.raises(Frozen):
            await restore(there.database, there.registry, there.session, there.by("Host"), first)
        assert await text(there) == "Two. One.\n"


async def test_what_is_no_version_is_not_found_and_a_broken_log_is_said_to_be(
    tmp_path: Path,
) -> None:
    async with place(tmp_path, "Ana") as there:
        await write(there, "One.")
        room = await there.room()
        for seq in (0, 99):
            with pytest.raises(NotFound):
                await find(there.database, there.registry, room.number, seq)
        await there.database.write(
            lambda s: s.query(LoggedUpdate).filter_by(seq=1).update({"data": b"\x01\x02"}) and None
        )
        with pytest.raises(DataDamaged):
            await find(there.database, there.registry, room.number, 2)

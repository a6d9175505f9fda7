"""`ai.anonymity`: among how many somebody is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ai import anonymity
from ai.anonymity import Anonymity
from store import inputs, participants
from store.inputs import Quote
from store.participants import Role
from tests.ai.places import place


@pytest.mark.parametrize(
    ("among", "people", "small"),
    [(0, 2, True), (0, 30, False), (1, 30, True), (4, 30, True), (5, 30, False), (5, 4, True)],
)
def test_few_are_warned(among: int, people: int, small: bool) -> None:
    found = Anonymity(among, people)
    assert found.is_small is small
    assert (found.warning is not None) is small


def test_it_says_how_few() -> None:
    assert "one of 3 people" in str(Anonymity(3, 30).warning)
    assert "one of 1 person" in str(Anonymity(1, 30).warning)


async def test_who_only_watches_hides_nobody_and_who_asks_is_counted(tmp_path: Path) -> None:
    async with place(tmp_path, "Ana", "Ben") as here:
        write, read = here.database.write, here.database.read
        await write(participants.add, session_id=here.session, name="Eve", role=Role.OBSERVER)
        assert await read(anonymity.load, here.session) == Anonymity(0, 3)
        for name, quote in (
            ("Ana", Quote.ANONYMOUS),
            ("Ana", Quote.ANONYMOUS),
            ("Ben", Quote.NEVER),
        ):
            await write(
                inputs.add,
                session_id=here.session,
                participant_id=here.people[name],
                text="Buses.",
                quote=quote,
            )
        assert await read(anonymity.load, here.session) == Anonymity(1, 3)
        for name, among in (("Ana", 1), ("Ben", 2)):
            found = await read(anonymity.load, here.session, asker=here.people[name])
            assert found == Anonymity(among, 3)

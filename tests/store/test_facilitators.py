from __future__ import annotations

import pytest

from store import facilitators
from store.database import Database
from store.errors import NotFound


async def test_a_facilitator_is_found_by_their_token_alone(database: Database) -> None:
    ana = await database.write(facilitators.add, "Ana", "token of ana")
    await database.write(facilitators.add, "Ben", "token of ben")
    assert (await database.read(facilitators.by_token, "token of ana")).id == ana.id
    for wrong in ("", "token of anA", ana.id, ana.token_hash):
        with pytest.raises(NotFound, match="facilitator"):
            await database.read(facilitators.by_token, wrong)


async def test_starting_again_with_the_same_token_makes_nobody_new(database: Database) -> None:
    first = await database.write(facilitators.ensure, "Ana", "token")
    again = await database.write(facilitators.ensure, "Another name", "token")
    assert (again.id, again.name) == (first.id, "Ana")
    assert await database.read(facilitators.count) == 1


async def test_a_new_token_kills_the_old_one(database: Database) -> None:
    ana = await database.write(facilitators.add, "Ana", "old")
    await database.write(facilitators.replace_token, ana.id, "new")
    assert (await database.read(facilitators.by_token, "new")).id == ana.id
    with pytest.raises(NotFound):
        await database.read(facilitators.by_token, "old")


async def test_a_revoked_facilitator_is_nobody_until_they_get_a_new_token(
    database: Database,
) -> None:
    ana = await database.write(facilitators.add, "Ana", "token")
    await database.write(facilitators.revoke, ana.id)
    with pytest.raises(NotFound):
        await database.read(facilitators.by_token, "token")
    await database.write(facilitators.replace_token, ana.id, "new")
    assert (await database.read(facilitators.by_token, "new")).id == ana.id


async def test_a_facilitator_who_does_not_exist_cannot_be_changed(database: Database) -> None:
    with pytest.raises(NotFound):
        await database.write(facilitators.revoke, "nobody")
    with pytest.raises(NotFound):
        await database.write(facilitators.replace_token, "nobody", "token")


async def test_facilitators_are_listed_the_oldest_first(database: Database) -> None:
    for name in ("Ana", "Ben", "Cem"):
        await database.write(facilitators.add, name, f"token of {name}")
    found = await database.read(facilitators.all_of_them)
    assert [one.name for one in found] == ["Ana", "Ben", "Cem"]

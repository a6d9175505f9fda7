"""`ingest.uploadturns`: who has an upload and who waits; what becomes of the bytes: `test_uploads`."""

from __future__ import annotations

import asyncio

import pytest

from ingest.errors import UploadRefused
from ingest.uploadturns import UploadTurns
from tests.harness import PATIENCE


class People:
    """Requests that hold an upload until they are let go."""

    def __init__(self, turns: UploadTurns) -> None:
        self.turns = turns
        self.has: list[str] = []
        self.go: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def ask(self, name: str, ident: str, person: str) -> None:
        self.go[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._hold(name, ident, person))
        await self.settle()

    async def let_go(self, name: str) -> None:
        self.go[name].set()
        await self.settle()

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def _hold(self, name: str, ident: str, person: str) -> None:
        async with self.turns.of(ident, person) as turn:
            self.has.append(name)
            try:
                async with turn.waits(PATIENCE):
                    await self.go[name].wait()
            finally:
                self.has.remove(name)


@pytest.fixture
def people() -> People:
    return People(UploadTurns(2))


async def test_of_one_person_a_few_have_a_place_in_the_order_they_came(people: People) -> None:
    for name in "abcd":
        await people.ask(name, f"file-{name}", "ana")
    await people.ask("e", "file-e", "ben")
    assert people.has == ["a", "b", "e"]
    await people.let_go("b")
    assert people.has == ["a", "e", "c"]
    for name in "aced":
        await people.let_go(name)
    assert people.has == []
    assert people.turns.idle


async def test_who_comes_later_takes_the_upload_from_who_has_it(people: People) -> None:
    await people.ask("old", "file", "ana")
    assert people.turns.has("file")
    await people.ask("new", "file", "ana")
    assert people.has == ["new"]
    assert isinstance(people.tasks["old"].exception(), TimeoutError)
    await people.let_go("new")
    assert not people.turns.has("file")
    assert people.turns.idle


async def test_who_comes_later_takes_it_from_who_waits_for_a_place_too(people: People) -> None:
    for name in ("a", "b", "old", "new"):
        await people.ask(name, "file" if len(name) > 1 else name, "ana")
    old = people.tasks["old"].exception()
    assert isinstance(old, UploadRefused)
    assert old.status == 423
    await people.let_go("a")
    assert people.has == ["b", "new"]
    await people.let_go("b")
    await people.let_go("new")
    assert people.turns.idle


@pytest.mark.parametrize("turns", range(6))
async def test_who_goes_while_they_wait_leaves_the_place_to_the_next(
    people: People, turns: int
) -> None:
    """Also in the very turn of the loop in which they get it."""
    for name in "abcd":
        await people.ask(name, f"file-{name}", "ana")
    people.go["a"].set()
    for _ in range(turns):
        await asyncio.sleep(0)
    people.tasks["c"].cancel()
    await people.settle()
    assert people.tasks["c"].cancelled()
    assert people.has == ["b", "d"]
    await people.let_go("b")
    await people.let_go("d")
    assert people.turns.idle

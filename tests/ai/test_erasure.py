"""`ai.erasure`: an erasure among everything else that goes on, and what fails in the middle of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import anthropic  # noqa: F401 - takes seconds on a busy machine, which must not be those of a run
import pytest

from ai import erasure
from ai.erasure import Eraser, Scrubber
from ai.runs import Bot
from collab import positions
from collab.origins import SERVER
from ingest.uploads import incoming
from rooms.registry import Registry
from store import erasures
from store.blobs import Blobs
from store.database import Database
from store.erasures import Kind
from store.errors import Conflict, DataDamaged, FileBusy, FilesUnavailable, NotFound
from store.jobs import Jobs
from store.models import Erasure, ModelAnswer
from tests.ai.llm import DevLLM, Turnstile, running_llm
from tests.ai.test_runs import Case, case, told
from tests.harness import PATIENCE, RunningApp, running_app

__all__ = ["case", "told"]


@pytest.fixture(scope="module")
async def llm() -> AsyncIterator[DevLLM]:
    async with running_llm() as model:
        yield model


@pytest.fixture(scope="module")
async def app(llm: DevLLM, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningApp]:
    folder = tmp_path_factory.mktemp("data")
    async with running_app(folder, anthropic_api_key="any", model_base_url=llm.url) as running:
        yield running


async def erase(it: Case, name: str) -> str:
    ident = it.inputs[name]
    asked = await it.people[name].post(f"{it.path}/inputs/{ident}/erase")
    assert asked.status_code == 202, asked.text
    assert asked.json()["status"] == "erasing"
    return ident


async def done(it: Case, ident: str) -> Erasure:
    """Wait until an erasure is done."""
    async with asyncio.timeout(2 * PATIENCE):
        while True:
            row = await it.app.services.database.read(erasures.get, ident)
            if row.done_at is not None:
                return row
            await asyncio.sleep(0.02)


async def words_of(it: Case) -> str:
    """Return all that people can read of suggestions, in the rows and in the room."""
    rows = [f"{row.text} {row.reason} {row.sources}" for row in await it.rows()]
    return f"{rows} {await it.room_shows()}"


async def test_a_run_that_has_read_it_begins_again_without_it(llm: DevLLM, told: Case) -> None:
    llm.pace = turnstile = Turnstile()
    run = await told.start()
    await asyncio.wait_for(turnstile.held.wait(), PATIENCE)
    assert "Anglers keep the mole" in llm.heard[-1]["messages"][0]["content"]
    llm.pace = None
    await done(told, await erase(told, "Ana"))
    (ended,) = await told.ended()
    assert (ended.id, ended.status) == (run.id, "done"), ended.message
    assert "Anglers keep the mole" not in llm.heard[-1]["messages"][0]["content"]
    assert "ferry" in await words_of(told)
    assert "mole" not in await words_of(told)
    turnstile.open()


async def test_a_round_that_is_being_made_begins_again_without_it(llm: DevLLM, told: Case) -> None:
    moved = await told.script.post(f"{told.path}/phase", json={"phase": "drafting"})
    assert moved.status_code == 200, moved.text
    llm.pace = turnstile = Turnstile()
    started = await told.script.post(f"{told.path}/rounds", json={"candidates": 2})
    assert started.status_code == 202, started.text
    await asyncio.wait_for(turnstile.held.wait(), PATIENCE)
    llm.pace = None
    ident = await erase(told, "Ana")
    await done(told, ident)
    (ended,) = await told.ended()
    assert ended.status == "done", ended.message
    turnstile.open()
    (made,) = (await told.script.get(f"{told.path}/rounds")).json()["rounds"]
    assert "mole" not in str(made)
    assert "ferry" in str(made)

    def kept(session: Any) -> str:
        found = session.query(ModelAnswer).filter_by(session_id=told.id)
        return " ".join(str(one.text) for one in found)

    async with asyncio.timeout(PATIENCE):  # an answer may still be on its way when it is erased
        while told.app.services.rounds._answers._asking:  # type: ignore[union-attr]  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert "mole" not in await told.app.services.database.read(kept)


async def test_while_it_is_looked_for_nothing_is_begun_and_then_all_goes_on(
    told: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, go_on = asyncio.Event(), asyncio.Event()
    rebuild = Registry.rebuild

    async def slowly(self: Registry, number: int) -> None:
        held.set()
        await go_on.wait()
        await rebuild(self, number)

    monkeypatch.setattr(Registry, "rebuild", slowly)
    ident = await erase(told, "Ana")
    await asyncio.wait_for(held.wait(), PATIENCE)
    with pytest.raises(Conflict) as caught:
        await told.start()
    assert caught.value.reason == "erasing"
    assert (await told.script.post(f"{told.path}/refine")).json()["type"].endswith("erasing")
    room = await told.app.services.registry.of_session(told.id)
    await room.edit(lambda it: positions.insert(it.statement, 0, "Meanwhile. "), SERVER)
    await told.object_to("Nobody has looked at this.")
    go_on.set()
    await done(told, ident)
    found = await told.ended(1)  # the critique has set off its run all the same
    assert found[0].trigger == "critique"
    assert "Meanwhile." in str(room.document.statement)


PARTS: list[tuple[str, type, str, Exception]] = [
    ("stopping", Jobs, "forget", RuntimeError("no jobs")),
    ("rebuilding", Registry, "rebuild", DataDamaged("a damaged room")),
    ("opening", Registry, "of_session", DataDamaged("a damaged room")),
    ("rewriting", Database, "scrub", FileBusy(None)),  # type: ignore[arg-type]
    ("rewriting jobs", Jobs, "scrub", FileBusy(None)),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(
    ("owner", "name", "error"), [one[1:] for one in PARTS], ids=[one[0] for one in PARTS]
)
async def test_what_fails_is_done_again_until_it_works(
    told: Case, monkeypatch: pytest.MonkeyPatch, owner: type, name: str, error: Exception
) -> None:
    await told.refine()
    monkeypatch.setattr(erasure, "_FIRST_WAIT", 0.01)
    failures = 0
    real = getattr(owner, name)

    async def failing(self: Any, *args: Any, **options: Any) -> Any:
        nonlocal failures
        row = await told.app.services.database.read(erasures.pending)
        if row and failures < 3 and asyncio.current_task() is not asking:
            failures += 1
            raise error
        return await real(self, *args, **options)

    monkeypatch.setattr(owner, name, failing)
    asking = asyncio.current_task()
    row = await done(told, await erase(told, "Ana"))
    assert failures == 3
    assert row.found["suggestions"] >= 1
    assert "mole" not in await words_of(told)


async def test_a_file_that_cannot_be_deleted_now_is_deleted_later(
    told: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = told.app.services
    monkeypatch.setattr(erasure, "_FIRST_WAIT", 0.01)
    real = Blobs.delete
    asked: list[str] = []

    async def failing(self: Blobs, key: str) -> None:
        asked.append(key)
        if len(asked) < 4:
            raise FilesUnavailable("no bucket")
        await real(self, key)

    monkeypatch.setattr(Blobs, "delete", failing)
    given = await told.people["Ana"].post(
        f"{told.path}/uploads",
        headers={
            "tus-resumable": "1.0.0",
            "upload-length": "10",
            "upload-metadata": "filename YS50eHQ=",
            "content-type": "application/offset+octet-stream",
        },
        content=b"Ten bytes.",
    )
    ident = given.headers["location"].rsplit("/", 1)[1]
    assert (await told.people["Ana"].delete(f"{told.path}/documents/{ident}")).status_code == 204
    row = await done(told, ident)
    assert row.kind == Kind.DOCUMENT.value
    assert asked == [ident] * 4 + [incoming(ident)]
    assert not (services.settings.files_path / ident).exists()


async def test_a_decision_at_the_same_time_counts_or_is_told_it_came_too_late(told: Case) -> None:
    """Accepted before, the sentence stands; after, there is nothing to accept any more."""
    await told.refine()
    mine = [row for row in await told.rows() if row.sources[0]["input"] == told.inputs["Ana"]]
    accepting = [
        asyncio.create_task(told.people["Ben"].post(f"{told.path}/suggestions/{row.id}/accept"))
        for row in mine
    ]
    ident = await erase(told, "Ana")
    answers = await asyncio.gather(*accepting)
    await done(told, ident)
    room = await told.app.services.registry.of_session(told.id)
    text = str(room.document.statement)
    rows = {row.id: row for row in await told.rows()}
    for row, answer in zip(mine, answers, strict=True):
        accepted = answer.status_code == 200
        assert accepted or answer.status_code == 409, answer.text
        assert (row.text in text) is accepted
        assert rows[row.id].status == ("accepted" if accepted else "withdrawn")
        assert rows[row.id].text == (row.text if accepted else "")


async def test_nobody_looks_again_for_what_was_never_erased(told: Case) -> None:
    with pytest.raises(NotFound):
        await told.app.services.eraser.ask_again("never", session_id=told.id, participant_id="x")


async def test_none_stops_what_another_one_is_just_letting_go_on(
    llm: DevLLM, told: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half stopped it would be taken for one that the server has lost."""
    inside: list[str] = []
    met: list[str] = []
    all_asked = asyncio.Event()

    def taking_its_time(owner: type, name: str) -> None:
        real = getattr(owner, name)

        async def slowly(self: Any, *args: Any) -> None:
            met.extend(inside)
            inside.append(name)
            await all_asked.wait()
            for _ in range(200):
                await asyncio.sleep(0)
            await real(self, *args)
            inside.remove(name)

        monkeypatch.setattr(owner, name, slowly)

    taking_its_time(Eraser, "_stop")
    taking_its_time(Bot, "resume")
    idents = []
    for number in range(3):
        await told.give("Ana", f"The number {number} of the harbour needs a wall of its own.")
        idents.append(told.inputs["Ana"])
    llm.delay = 0.001
    run = await told.start()
    for ident in idents:
        asked = await told.people["Ana"].post(f"{told.path}/inputs/{ident}/erase")
        assert asked.status_code == 202, asked.text
    all_asked.set()
    for ident in idents:
        await done(told, ident)
    (ended,) = await told.ended()
    llm.delay = 0.0
    assert (ended.id, ended.status) == (run.id, "done"), ended.message
    assert met == []
    assert "wall of its own" not in await words_of(told)


# When files are written anew.


class Files:
    """Counts how often they are written anew, and holds that up."""

    def __init__(self, size: int, path: Any) -> None:
        self.path = path
        path.write_bytes(b"x" * size)
        self.times = 0
        self.held = asyncio.Event()
        self.go_on = asyncio.Event()

    async def scrub(self) -> None:
        self.times += 1
        self.held.set()
        await self.go_on.wait()


class NoJobs:
    """Nothing to write."""

    async def scrub(self) -> None:
        return


def scrubber(files: Files, edits: Callable[[], int] = lambda: 0, **options: Any) -> Scrubber:
    return Scrubber(files, NoJobs(), edits, **options)  # type: ignore[arg-type]


async def test_one_time_serves_all_who_wait(tmp_path: Any) -> None:
    files = Files(1, tmp_path / "db")
    it = scrubber(files)
    first = asyncio.create_task(it.scrub())
    await files.held.wait()
    later = [asyncio.create_task(it.scrub()) for _ in range(20)]  # may have deleted since it began
    files.go_on.set()
    await asyncio.gather(first, *later)
    assert files.times == 2


async def test_a_large_file_waits_for_a_quiet_moment(tmp_path: Any) -> None:
    files = Files(1000, tmp_path / "db")
    files.go_on.set()
    counts = iter([1, 2, 3, 4, 4])
    await scrubber(files, lambda: next(counts), at_once_bytes=10, quiet_seconds=0.0).scrub()
    assert files.times == 1
    assert next(counts, None) is None


async def test_and_not_for_ever(tmp_path: Any) -> None:
    files = Files(1000, tmp_path / "db")
    files.go_on.set()
    count = iter(range(10**9))
    it = scrubber(
        files, lambda: next(count), at_once_bytes=10, quiet_seconds=0.0, patience_seconds=0.02
    )
    await asyncio.wait_for(it.scrub(), PATIENCE)
    assert files.times == 1

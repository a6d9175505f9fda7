"""
`ai.runs` from end to end: the running application, the Anthropic SDK, the stand-in for Claude, a Yjs client that
keeps every frame it is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import anthropic  # noqa: F401 - takes seconds on a busy machine, which must not be those of a run
import pytest

from ai import modeldrafter
from ai.devllm.faults import Fault
from ai.errors import (
    BadOutput,
    Interrupted,
    ModelError,
    Overloaded,
    RateLimited,
    Refused,
    TooLong,
    Truncated,
    Unavailable,
)
from ai.modeldrafter import ModelDrafter
from ai.runs import JOB
from collab import positions
from collab.awareness import LEFT
from collab.origins import Origin, Via
from store import critiques, runs, suggestions
from store.critiques import Visibility
from store.errors import Conflict
from store.models import AuditEntry, Run, Suggestion
from store.runs import Trigger
from tests.ai.llm import DevLLM, Turnstile, running_llm
from tests.ai.watcher import Watcher, watching
from tests.harness import PATIENCE, RunningApp, api, participant, running_app
from tests.web.people import Client, invite, new_session, refine

ANA = "I think that the harbour needs a quiet basin. Cruise ships stay outside. Anglers keep the mole."
BEN = "Buses must run on Sundays. The ferry leaves from the old pier."
SECRET = "My firm is going to close the yard next spring."
OBJECTION = "I was threatened for saying so in here."

#: Words that must reach nobody, in the encoding they would have in a frame.
HIDDEN = [
    one.encode()
    for one in ("close the yard", "next spring", "threatened", "for ever", "nobody gave")
]

#: A token of four characters each: slow enough for the room to keep up with the answer.
DELAY = 0.003


@pytest.fixture(scope="module")
async def standing_llm() -> AsyncIterator[DevLLM]:
    async with running_llm() as model:
        yield model


@pytest.fixture(scope="module")
async def app(
    standing_llm: DevLLM, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningApp]:
    async with running_app(
        tmp_path_factory.mktemp("data"),
        anthropic_api_key="any",
        model_base_url=standing_llm.url,
        model_timeout_seconds=PATIENCE,
    ) as running:
        yield running


@pytest.fixture
def llm(standing_llm: DevLLM) -> DevLLM:
    """The stand-in, well again whatever the test before did to it."""
    standing_llm.fault, standing_llm.pace, standing_llm.delay = None, None, 0.0
    return standing_llm


class Case:
    """A session with a facilitator, Ana who is quoted by name, Ben without, Cem who must not be."""

    def __init__(
        self, app: RunningApp, script: Client, session: dict[str, Any], people: dict[str, Client]
    ) -> None:
        self.app = app
        self.script = script
        self.session = session
        self.id: str = session["id"]
        self.path = f"/api/sessions/{self.id}"
        self.people = people
        self.inputs: dict[str, str] = {}

    async def give(self, name: str, text: str, quote: str = "anonymous") -> None:
        given = await self.people[name].post(
            f"{self.path}/inputs", json={"text": text, "quote": quote}
        )
        assert given.status_code == 201, given.text
        self.inputs[name] = given.json()["id"]

    async def object_to(self, text: str, visibility: str = "open") -> None:
        given = await self.people["Ben"].post(
            f"{self.path}/critiques", json={"text": text, "visibility": visibility}
        )
        assert given.status_code == 201, given.text

    async def refine(self) -> dict[str, Any]:
        return await refine(self.app, self.script, self.id)

    async def start(self) -> Run:
        return await self.app.services.bot.start(self.id, Trigger.FACILITATOR, actor="test")

    async def all_runs(self) -> list[Run]:
        def query(session: Any) -> list[Run]:
            found = session.query(Run).filter_by(session_id=self.id).order_by(Run.created_at)
            return list(found)

        return await self.app.services.database.read(query)

    async def ended(self, count: int = 1) -> list[Run]:
        """Wait until there are so many runs and all have ended."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found = await self.all_runs()
                if len(found) >= count and all(one.ended_at for one in found):
                    return found
                await asyncio.sleep(0.02)

    async def rows(self) -> list[Suggestion]:
        found = await self.app.services.database.read(suggestions.of_session, self.id)
        return [row for row, _ in found]

    async def room_shows(self) -> dict[str, Any]:
        """What a newcomer is told of suggestions."""
        async with self.watching() as watcher:
            return watcher.shown

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[Watcher]:
        async with watching(self.app, self.script, self.session) as watcher:
            yield watcher


@pytest.fixture
async def case(app: RunningApp) -> AsyncIterator[Case]:
    async with AsyncExitStack() as stack:
        script = await stack.enter_async_context(api(app.url))
        session = await new_session(script)
        people = {}
        for name in ("Ana", "Ben", "Cem"):
            link = (await invite(script, session["id"], name=name))["link"]
            joining = participant(app.url, link, name)
            people[name], _ = await stack.enter_async_context(joining)
        yield Case(app, script, session, people)


@pytest.fixture
async def told(case: Case) -> Case:
    """A case where everybody has said something."""
    await case.give("Ana", ANA, "named")
    await case.give("Ben", BEN)
    await case.give("Cem", SECRET, "never")
    return case


# What people see.


async def test_sentences_come_one_by_one_each_whole_with_its_checked_quotes(
    llm: DevLLM, told: Case
) -> None:
    llm.delay = DELAY
    async with told.watching() as watcher:
        run = await told.refine()
        await watcher.until(lambda: watcher.statuses == {"open"})
    assert run["status"] == "done"
    drafting = [one for one in watcher.history if "drafting" in watcher.statuses_of(one)]
    assert [len(one) for one in drafting] == list(range(1, len(watcher.shown) + 1))
    assert len(drafting) >= 5
    said = " ".join((ANA, BEN))
    for shown in watcher.history:
        assert len(watcher.statuses_of(shown)) <= 1, "they open together"
        for entry in shown.values():
            assert entry["text"], "an entry without its words"
            assert entry["sources"], "an entry without its quotes"
            for source in entry["sources"]:
                assert source["quote"] is None or source["quote"] in said


async def test_what_the_room_shows_and_the_rows_say_is_the_same(llm: DevLLM, told: Case) -> None:
    run = await told.refine()
    rows, shown = await told.rows(), await told.room_shows()
    assert {row.id: (row.text, row.status, row.kind, row.reason) for row in rows} == {
        ident: (one["text"], one["status"], one["kind"], one["reason"])
        for ident, one in shown.items()
    }
    assert run["message"] == f"{len(rows)} suggestions to decide about."
    assert {row.status for row in rows} == {"open"}
    assert {one["author"] for one in shown.values()} == {modeldrafter.AUTHOR}


async def test_quotes_carry_the_name_only_where_that_is_allowed(llm: DevLLM, told: Case) -> None:
    await told.refine()
    sources = {
        (source["quote"], source["author"])
        for one in (await told.room_shows()).values()
        for source in one["sources"]
    }
    assert ("Buses must run on Sundays.", None) in sources
    assert ("Cruise ships stay outside.", "Ana") in sources
    assert (None, None) in sources
    assert {author for _, author in sources} == {"Ana", None}


@pytest.mark.parametrize("fault", [Fault.MISQUOTE, Fault.INVENTED, Fault.FORBIDDEN])
async def test_what_is_not_said_or_must_not_be_is_in_no_frame(
    llm: DevLLM, told: Case, fault: Fault
) -> None:
    """Not even for a moment: each frame a client is sent is searched, and what is on disk."""
    llm.fault, llm.delay = fault, DELAY
    await told.object_to(OBJECTION, "private")
    async with told.watching() as watcher:
        (run,) = await told.ended()  # the critique set it off
        await watcher.until(lambda: watcher.statuses == {"open"})
    assert (run.status, run.trigger) == ("done", "critique")
    assert "Left out: " in run.message
    assert b"quiet basin" in b"".join(watcher.frames), "nothing was seen at all"
    rows = " ".join(f"{one.text} {one.reason} {one.sources}" for one in await told.rows()).encode()
    for words in HIDDEN:
        assert all(words not in frame for frame in watcher.frames), words
        assert words not in rows, words


# Presence.


async def test_presence_tells_how_far_the_bot_is_and_goes_with_it(llm: DevLLM, told: Case) -> None:
    llm.delay = 3 * DELAY  # presence is sent ten times a second at most
    async with told.watching() as watcher:
        run = await told.refine()
        await watcher.until(lambda: watcher.bot == [LEFT] or LEFT in watcher.bot)
    states = [one for one in watcher.bot if isinstance(one, dict)]
    assert {one["user"]["role"] for one in states} == {"bot"}
    assert {one["user"]["name"] for one in states} == {modeldrafter.AUTHOR}
    assert {one["bot"]["run"] for one in states} == {run["id"]}
    progress = [(one["bot"]["activity"], one["bot"]["sentence"]) for one in states]
    assert progress[0] == ("reading", 0)
    assert ("drafting", 3) in progress
    assert progress == sorted(progress, key=lambda one: one[1])
    assert watcher.bot[-1] == LEFT


async def test_presence_goes_when_the_run_fails(llm: DevLLM, told: Case) -> None:
    llm.fault, llm.delay = Fault.CUT, DELAY
    async with told.watching() as watcher:
        assert (await told.refine())["status"] == "failed"
        await watcher.until(lambda: LEFT in watcher.bot)
    assert any(isinstance(one, dict) for one in watcher.bot)
    room = await told.app.services.registry.of_session(told.id)
    assert not any(one.person.key == "bot" for one in room._people._direct)


# Failing.

FAILURES = [
    (Fault.UNAUTHORIZED, Unavailable),
    (Fault.RATE_LIMITED, RateLimited),
    (Fault.RATE_LIMITED_HOUR, RateLimited),
    (Fault.OVERLOADED, Overloaded),
    (Fault.BROKEN, Overloaded),
    (Fault.TOO_LONG, TooLong),
    (Fault.HTML, ModelError),
    (Fault.CUT, Interrupted),
    (Fault.NO_STOP, Interrupted),
    (Fault.EMPTY, Interrupted),
    (Fault.MAX_TOKENS, Truncated),
    (Fault.REFUSAL, Refused),
    (Fault.BAD_JSON, BadOutput),
    (Fault.BAD_ORDER, BadOutput),
    (Fault.ERROR_EVENT, ModelError),
    (Fault.HANG, Interrupted),
    (Fault.MALFORMED, BadOutput),
    (Fault.FENCED, BadOutput),
    (Fault.NO_END, Interrupted),
    (Fault.AFTER_END, BadOutput),
    (Fault.ENDLESS, BadOutput),
    (Fault.TOO_MANY, BadOutput),
    (Fault.MISPLACED, BadOutput),
]

MESSAGES = {one.message for one in ModelError.__subclasses__()} | {
    one.message for one in (Overloaded, RateLimited)
}

#: These break off after some good sentences.
IN_THE_MIDDLE = {Fault.CUT, Fault.NO_STOP, Fault.MAX_TOKENS, Fault.REFUSAL, Fault.NO_END}


def hurry(app: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for answers a second at most."""
    drafter = app.services.bot._drafter
    assert isinstance(drafter, ModelDrafter)
    limits = replace(drafter._answers._limits, timeout_seconds=1.0)
    monkeypatch.setattr(drafter._answers, "_limits", limits)


@pytest.mark.parametrize(("fault", "failure"), FAILURES)
async def test_a_failed_run_says_why_and_leaves_nothing_behind(
    llm: DevLLM,
    told: Case,
    fault: Fault,
    failure: type[ModelError],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if fault is Fault.HANG:
        hurry(told.app, monkeypatch)
    llm.fault = fault
    llm.delay = DELAY / 2 if fault in IN_THE_MIDDLE else 0.0
    async with told.watching() as watcher:
        run = await told.refine()
        await watcher.until(lambda: not watcher.shown and run["status"] == "failed")
        if fault in IN_THE_MIDDLE:
            assert any(watcher.history), "nothing was drafted before it failed"
    expected = {failure.message} if failure is not ModelError else MESSAGES
    assert run["message"] in expected
    assert await told.rows() == []
    assert await told.room_shows() == {}
    assert all("open" not in watcher.statuses_of(one) for one in watcher.history)


async def test_after_a_failure_the_next_run_proposes_the_same_again(
    llm: DevLLM, told: Case
) -> None:
    llm.fault = Fault.NO_END
    assert (await told.refine())["status"] == "failed"
    llm.fault = None
    assert (await told.refine())["status"] == "done"
    texts = [one.text for one in await told.rows()]
    assert "Buses must run on Sundays." in texts
    assert len(texts) == len(set(texts))


async def test_a_run_with_nothing_to_read_says_so_and_asks_no_model(
    llm: DevLLM, case: Case
) -> None:
    asked = len(llm.heard)
    run = await case.refine()
    assert run["status"] == "failed"
    assert "Nobody has given an input yet" in run["message"]
    assert len(llm.heard) == asked


# Nothing is asked twice.


async def test_an_unchanged_session_asks_no_model_and_a_changed_one_once(
    llm: DevLLM, told: Case
) -> None:
    before = len(llm.heard)
    first = await told.refine()
    proposed = {one.text for one in await told.rows()}
    assert len(llm.heard) == before + 1
    again = await told.refine()
    assert len(llm.heard) == before + 1
    assert again["status"] == "done", again["message"]
    assert {one.text for one in await told.rows()} == proposed
    assert "suggestions to decide about" in first["message"]
    assert "0 suggestions" in again["message"]
    await told.give("Ana", "The mole needs a rail.")
    await told.refine()
    assert len(llm.heard) == before + 2
    assert "The mole needs a rail." in {one.text for one in await told.rows()}


async def test_what_people_have_decided_is_a_reason_to_ask_again(llm: DevLLM, told: Case) -> None:
    await told.refine()
    before = len(llm.heard)
    (one, *_) = await told.rows()
    refused = await told.script.post(f"{told.path}/suggestions/{one.id}/reject")
    assert refused.status_code == 200, refused.text
    await told.refine()
    assert len(llm.heard) == before + 1


async def test_who_is_cited_by_nothing_is_counted(
    llm: DevLLM, told: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever made the model pass them over, the run says that it did."""
    monkeypatch.setattr(llm, "author", lambda content, fault: '{"do": "end"}')
    run = await told.refine()
    assert run["status"] == "done"
    assert "3 participants are cited by no suggestion yet." in run["message"]


async def test_a_spent_budget_asks_no_model_and_says_so(
    llm: DevLLM, told: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = told.app.services.rounds._answers
    assert answers is not None
    monkeypatch.setattr(answers, "_limits", replace(answers._limits, session_tokens=500))
    await told.refine()
    before = len(llm.heard)
    await told.give("Ben", "The mole needs a rail.")
    run = await told.refine()
    assert run["status"] == "failed"
    assert "budget of this session is used up" in run["message"]
    assert len(llm.heard) == before


# One at a time.


async def test_two_runs_of_one_session_never_overlap(llm: DevLLM, told: Case) -> None:
    turnstile = Turnstile()
    llm.pace = turnstile
    await told.start()
    await asyncio.wait_for(turnstile.held.wait(), PATIENCE)
    with pytest.raises(Conflict) as caught:
        await told.start()
    assert caught.value.reason == "run-in-progress"
    assert (await told.script.post(f"{told.path}/refine")).status_code == 409
    turnstile.open()
    (only,) = await told.ended()
    assert only.status == "done"


async def test_of_many_at_once_one_starts(llm: DevLLM, told: Case) -> None:
    results = await asyncio.gather(*(told.start() for _ in range(8)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["Conflict"] * 7 + ["Run"]
    assert len(await told.ended()) == 1


async def test_a_critique_during_a_run_sets_off_another_one_after_it(
    llm: DevLLM, told: Case
) -> None:
    turnstile = Turnstile()
    llm.pace = turnstile
    await told.start()
    await asyncio.wait_for(turnstile.held.wait(), PATIENCE)
    await told.object_to("The basin is too loud.")
    await asyncio.sleep(4 * told.app.services.settings.refine_debounce_seconds)
    assert len(await told.all_runs()) == 1
    turnstile.open()
    first, second = await told.ended(2)
    assert (first.trigger, second.trigger) == ("facilitator", "critique")
    assert first.ended_at is not None
    assert second.created_at >= first.ended_at
    assert "too loud" in llm.heard[-1]["messages"][0]["content"]


async def test_sessions_are_worked_on_side_by_side(llm: DevLLM, told: Case) -> None:
    turnstile = Turnstile()
    llm.pace = turnstile
    await told.start()
    await asyncio.wait_for(turnstile.held.wait(), PATIENCE)
    llm.pace = None
    async with api(told.app.url) as script:
        other = await new_session(script)
        run = await refine(told.app, script, other["id"])
        assert "Nobody has given an input" in run["message"]
    turnstile.open()
    await told.ended()


async def test_an_unseen_critique_is_seen_after_a_restart(llm: DevLLM, told: Case) -> None:
    """The timer that waited for silence is gone with the process; the critique is not."""
    await told.refine()
    ana = (await told.people["Ana"].get(told.path)).json()["me"]["participant"]
    await told.app.services.database.write(
        critiques.add,
        session_id=told.id,
        participant_id=ana,
        text="Nobody has looked at this.",
        visibility=Visibility.PRIVATE,
        start=None,
        end=None,
        quote="",
    )
    await told.app.services.bot.resume()
    _, second = await told.ended(2)
    assert (second.trigger, second.status) == ("critique", "done")
    assert "Nobody has looked" in llm.heard[-1]["messages"][0]["content"]


# What changes meanwhile.


async def test_what_is_taken_back_during_a_run_is_not_proposed(llm: DevLLM, told: Case) -> None:
    turnstile = Turnstile()
    llm.pace = turnstile
    await told.start()
    await asyncio.wait_for(turnstile.held.wait(), PATIENCE)
    gone = await told.people["Ana"].delete(f"{told.path}/inputs/{told.inputs['Ana']}")
    assert gone.status_code == 204
    async with told.watching() as watcher:
        turnstile.open()
        (run,) = await told.ended()
        await watcher.until(lambda: watcher.statuses == {"open"})
    assert run.status == "done"
    assert "taken back" in run.message
    assert all(b"Cruise ships" not in frame for frame in watcher.frames)
    assert "Buses must run on Sundays." in {row.text for row in await told.rows()}


async def test_what_is_taken_back_when_it_was_drafted_already_is_removed(
    llm: DevLLM, told: Case
) -> None:
    """Ana's sentence can be seen while the rest is drafted; then she takes it back."""
    llm.delay = 3 * DELAY
    async with told.watching() as watcher:
        await told.start()
        await watcher.until(lambda: "quiet basin" in str(watcher.shown))
        await told.people["Ana"].delete(f"{told.path}/inputs/{told.inputs['Ana']}")
        (run,) = await told.ended()
        await watcher.until(lambda: watcher.statuses == {"open"})
        assert "quiet basin" not in str(watcher.shown)
    assert "taken back" in run.message
    assert told.inputs["Ana"] not in str([row.sources for row in await told.rows()])


# Going on after a stop, step by step. With real kills: `tests/e2e/test_bot_resumes.py`.


async def test_what_was_taken_back_while_the_server_was_down_reaches_no_model(
    llm: DevLLM, told: Case
) -> None:
    async with _unattended(told) as run:
        gathered = await told.app.services.bot._gather(run.id)
        await told.people["Ana"].delete(f"{told.path}/inputs/{told.inputs['Ana']}")
        asked = len(llm.heard)
        await told.app.services.bot._draft(run.id, gathered)
    (body,) = llm.heard[asked:]
    assert "Buses must run" in str(body)
    assert "quiet basin" not in str(body)


async def test_a_run_whose_inputs_are_all_taken_back_asks_no_model(llm: DevLLM, told: Case) -> None:
    async with _unattended(told) as run:
        gathered = await told.app.services.bot._gather(run.id)
        for name, ident in told.inputs.items():
            await told.people[name].delete(f"{told.path}/inputs/{ident}")
        asked = len(llm.heard)
        outcome = await told.app.services.bot._draft(run.id, gathered)
    assert "Nobody has given an input yet" in outcome["failure"]
    assert len(llm.heard) == asked


async def test_ending_twice_is_ending_once(llm: DevLLM, told: Case) -> None:
    """A kill between the end and its being written down as done does the last step again."""
    await told.refine()
    before = await told.all_runs()
    await told.app.services.bot._end(before[0].id, failure="Not this.")
    (after,) = await told.all_runs()
    assert (after.status, after.message, after.ended_at) == (
        "done",
        before[0].message,
        before[0].ended_at,
    )
    assert await told.app.services.database.read(_ends_of, told.id) == 1


async def test_a_queued_run_whose_work_is_lost_ends_at_the_next_start(
    llm: DevLLM, told: Case
) -> None:
    """Or its session could never start another one."""
    await told.refine()
    (run,) = await told.all_runs()
    async with asyncio.timeout(PATIENCE):  # the run ends a moment before its job
        while await told.app.services.bot._jobs.is_alive(JOB, run.id):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await told.app.services.database.write(_forget_the_end, run.id)
    await told.app.services.bot.resume()
    (found,) = await told.all_runs()
    assert (found.status, found.message) == (
        "failed",
        "The server stopped during this run. Start it again.",
    )
    assert (await told.refine())["status"] == "done"


async def test_a_run_that_cannot_be_queued_does_not_block_its_session(
    llm: DevLLM, told: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(told.app.services.bot._jobs, "submit", fail)
        with pytest.raises(OSError, match="full"):
            await told.start()
    (run,) = await told.all_runs()
    assert (run.status, run.message) == (
        "failed",
        "The server could not start this run. Try again.",
    )
    assert (await told.refine())["status"] == "done"


async def test_a_statement_too_long_to_work_on_is_said_to_be(llm: DevLLM, told: Case) -> None:
    room = await told.app.services.registry.of_session(told.id)
    many = "Nein! " * 1001
    await room.edit(lambda it: positions.insert(it.statement, 0, many), Origin("x", Via.SERVER))
    run = await told.refine()
    assert run["status"] == "failed"
    assert "1001 sentences" in run["message"]


async def test_a_burst_of_critiques_is_one_run(
    llm: DevLLM, told: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    critiques = told.app.services.bot._critiques
    # A busy machine may take its time between two: it is quiet only after the last one.
    monkeypatch.setattr(critiques, "_quiet", 3600.0)
    monkeypatch.setattr(critiques, "_max_wait", 3600.0)
    for number in range(5):
        if number == 4:
            monkeypatch.setattr(critiques, "_quiet", 0.0)
        await told.object_to(f"Point {number} is wrong.")
    (run,) = await told.ended()
    assert not critiques._waiting
    assert len(await told.all_runs()) == 1
    assert run.trigger == "critique"
    assert "Point 4 is wrong." in str(llm.heard[-1])


@asynccontextmanager
async def _unattended(case: Case) -> AsyncIterator[Run]:
    """Make a run nobody works on."""
    run = await case.app.services.database.write(
        lambda db: runs.add(
            db,
            session_id=case.id,
            mode="claude",
            model=None,
            trigger=Trigger.FACILITATOR,
        )
    )
    try:
        yield run
    finally:
        await case.app.services.bot._end(run.id, failure="It was a test.")


def _ends_of(session: Any, session_id: str) -> int:
    found = session.query(AuditEntry).filter_by(session_id=session_id)
    return sum(one.action in ("run.done", "run.failed") for one in found)


def _forget_the_end(session: Any, ident: str) -> None:
    run = session.get_one(Run, ident)
    run.status, run.ended_at = "queued", None

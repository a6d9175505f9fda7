"""`ai.participant`: what the bot does in a room, on the running application. It has no model: `extractive`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from ai import extractive
from ai.drafting import Citation, Draft
from ai.material import Given, Material, look_at
from ai.participant import BotParticipant, suggestion_id
from collab import positions
from collab.document import SUGGESTIONS
from collab.origins import Origin, Via
from collab.suggestions import Kind
from rooms.errors import NotSaved
from rooms.room import Room
from store import runs, suggestions
from store.models import Run, Suggestion
from store.runs import Trigger
from tests.ai.watcher import watching
from tests.harness import RunningApp, api, participant, running_app
from tests.web.people import new_session, refine

WRITER = Origin("somebody", Via.SERVER)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningApp]:
    async with running_app(tmp_path_factory.mktemp("data")) as running:
        yield running


@dataclass(slots=True)
class Case:
    """A run's bot in a room whose statement is two sentences."""

    app: RunningApp
    room: Room
    run: Run
    bot: BotParticipant
    material: Material

    @property
    def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = self.room.document.root_map(SUGGESTIONS).to_py() or {}
        return found

    async def rows(self) -> list[Suggestion]:
        return list(await self.app.services.database.read(suggestions.of_run, self.run.id))

    def draft(self, text: str, kind: Kind = Kind.SENTENCE, sentence: str | None = None) -> Draft:
        target = self.material.sentence(sentence) if sentence is not None else None
        cite = Citation("the-input", 0, 4, "Boats", None)
        return Draft(kind, target, text, (cite,), "Somebody said so.")

    async def write(self, text: str, at: int) -> None:
        await self.room.edit(lambda it: positions.insert(it.statement, at, text), WRITER)


@pytest.fixture
async def case(app: RunningApp) -> AsyncIterator[Case]:
    async with api(app.url) as script:
        session = await new_session(script)
    room = await app.services.registry.of_session(session["id"])
    run = await app.services.database.write(
        lambda db: runs.add(
            db,
            session_id=session["id"],
            mode="extractive",
            model=None,
            trigger=Trigger.FACILITATOR,
        )
    )
    bot = BotParticipant(room, app.services.database, run, "The bot")
    await room.edit(
        lambda it: positions.insert(it.statement, 0, "Boats are slow. Ships are loud."), WRITER
    )
    yield Case(app, room, run, bot, look_at(room.document, Given(question="How?")))
    bot.leave()
    await app.services.database.write(runs.advance, run.id, status="done")


async def test_without_a_model_everything_is_labelled_as_a_summary(app: RunningApp) -> None:
    async with api(app.url) as script:
        session = await new_session(script)
        path = f"/api/sessions/{session['id']}"
        async with participant(app.url, session["invitations"][0]["link"], "Ana") as (ana, _):
            await ana.post(f"{path}/inputs", json={"text": "Keep the basin quiet. No ships."})
        async with watching(app, script, session) as watcher:
            run = await refine(app, script, session["id"])
            await watcher.until(lambda: watcher.statuses == {"open"})
        listed = (await script.get(f"{path}/suggestions")).json()["suggestions"]
    assert (run["status"], run["mode"], run["model"]) == ("done", "extractive", None)
    assert "extractive" in extractive.AUTHOR
    assert {one["author"] for one in watcher.shown.values()} == {extractive.AUTHOR}
    assert {one["author"] for one in listed} == {extractive.AUTHOR}


async def test_a_proposal_is_a_row_and_a_picture_and_leaves_the_statement_alone(
    case: Case,
) -> None:
    before = positions.measure(case.room.document.statement).text
    ident = await case.bot.propose(case.draft("Trains too. 😀", sentence="s2"), case.material, 1)
    (row,) = await case.rows()
    assert ident == row.id == suggestion_id(case.run.id, 1)
    assert (row.text, row.status, row.author) == ("Trains too. 😀", "drafting", "The bot")
    shown = case.shown[row.id]
    assert (shown["text"], shown["status"], shown["author"]) == (row.text, row.status, row.author)
    assert positions.measure(case.room.document.statement).text == before


async def test_nothing_is_shown_whose_row_cannot_be_kept(case: Case) -> None:
    """One transaction: a second proposal for the same turn is in neither place."""
    await case.bot.propose(case.draft("First."), case.material, 1)
    with pytest.raises(NotSaved):
        await case.bot.propose(case.draft("Second."), case.material, 1)
    assert [row.text for row in await case.rows()] == ["First."]
    assert [one["text"] for one in case.shown.values()] == ["First."]


async def test_a_sentence_that_has_changed_meanwhile_is_not_replaced(case: Case) -> None:
    await case.write("very ", len("Boats are "))
    changed = case.draft("Boats are fine.", Kind.REPLACE, "s1")
    assert await case.bot.propose(changed, case.material, 1) is None
    assert (await case.rows(), case.shown) == ([], {})
    same = case.draft("Ships are fine.", Kind.REPLACE, "s2")
    assert await case.bot.propose(same, case.material, 1) is not None
    assert [row.base for row in await case.rows()] == ["Ships are loud."]


async def test_what_everybody_sees_does_not_tell_two_proposals_rest_on_one_input(
    case: Case,
) -> None:
    for number in (1, 2):
        await case.bot.propose(case.draft(f"Number {number}."), case.material, number)
    assert "the-input" not in str(case.shown)
    citations = [one["sources"][0]["citation"] for one in case.shown.values()]
    assert len(set(citations)) == 2
    assert {row.sources[0]["input"] for row in await case.rows()} == {"the-input"}


async def test_proposals_open_together_and_opening_them_again_changes_nothing(case: Case) -> None:
    idents = [
        str(await case.bot.propose(case.draft(f"Number {number}."), case.material, number))
        for number in (1, 2)
    ]
    for _ in range(2):  # as after a restart between opening them and saying so
        await case.bot.open(idents)
        assert {one["status"] for one in case.shown.values()} == {"open"}
        assert {row.status for row in await case.rows()} == {"open"}


async def test_what_is_discarded_is_nowhere_and_can_be_made_anew_under_its_id(case: Case) -> None:
    ident = await case.bot.propose(case.draft("Half of a sen"), case.material, 1)
    for _ in range(2):
        await case.bot.discard([str(ident)])
        assert (await case.rows(), case.shown) == ([], {})
    assert await case.bot.propose(case.draft("A whole sentence."), case.material, 1) == ident
    assert [one["text"] for one in case.shown.values()] == ["A whole sentence."]


def test_ids_are_the_same_after_a_restart_and_differ_by_run_and_turn() -> None:
    found = {suggestion_id(run, turn) for run in ("a", "b") for turn in range(1, 13)}
    assert len(found) == 24
    assert suggestion_id("a", 1) == suggestion_id("a", 1)

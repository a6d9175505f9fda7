"""`ai.decisions`: what accepting and rejecting do, once, on the running application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Map, Text

from ai.decisions import Decider
from ai.drafting import Draft
from ai.material import Given, look_at
from ai.participant import BotParticipant
from collab import positions
from collab import suggestions as shown
from collab.document import SUGGESTIONS
from collab.origins import Origin, Via
from collab.suggestions import Kind
from rooms.errors import NotSaved
from rooms.room import Room
from store import runs, suggestions
from store.errors import Conflict, NotFound
from store.models import AuditEntry, Suggestion
from tests.harness import RunningApp, api, participant, running_app
from tests.web.people import invite, new_session, refine


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningApp]:
    folder: Path = tmp_path_factory.mktemp("data")
    async with running_app(folder) as running:
        yield running


MALLORY = Origin("mallory", Via.SERVER)


class Case:
    """A session whose bot has proposed something."""

    def __init__(
        self,
        app: RunningApp,
        session: str,
        room: Room,
        found: list[Suggestion],
        people: list[Decider],
    ) -> None:
        self.ana, self.ben = people
        self.decisions = app.services.decisions
        self.database = app.services.database
        self.session = session
        self.room = room
        self.found = found

    @property
    def text(self) -> str:
        return positions.measure(self.room.document.statement).text

    def shown(self, one: Suggestion) -> dict[str, Any]:
        found: dict[str, Any] = self.room.document.root_map(SUGGESTIONS).to_py() or {}
        return dict(found[one.id])

    async def propose_instead_of(self, sentence: str, *, opened: bool = True) -> str:
        """Write two sentences at the top of the statement; have the bot propose another first one."""
        await self.room.edit(
            lambda it: positions.insert(it.statement, 0, "Boats are slow. Ships are loud."), MALLORY
        )
        run = await self.database.read(runs.latest, self.session)
        assert run is not None
        material = look_at(self.room.document, Given(question="How?"))
        target = next(one for one in material.sentences if one.text == sentence)
        draft = Draft(Kind.REPLACE, target, "Boats are fine.", (), "Somebody said so.")
        bot = BotParticipant(self.room, self.database, run, "The bot")
        ident = await bot.propose(draft, material, 100)
        assert ident is not None
        if opened:
            await bot.open([ident])
        bot.leave()
        return ident

    async def actions(self) -> list[str]:
        def query(session: Any) -> list[str]:
            rows = session.query(AuditEntry).filter_by(session_id=self.session).all()
            return [row.action for row in rows if row.action.startswith("suggestion.")]

        return await self.database.read(query)


@pytest.fixture
async def case(app: RunningApp) -> Case:
    async with api(app.url) as script:
        session = await new_session(script)
        people = []
        for name, text in (("Ana", "Buses must run on Sundays."), ("Ben", "Keep the basin quiet.")):
            link = (await invite(script, session["id"], name=name))["link"]
            async with participant(app.url, link, name) as (client, joined):
                people.append(Decider(joined["participant"], name))
                await client.post(f"/api/sessions/{session['id']}/inputs", json={"text": text})
        assert (await refine(app, script, session["id"]))["status"] == "done"
    services = app.services
    found = await services.database.read(suggestions.of_session, session["id"])
    room = await services.registry.of_session(session["id"])
    return Case(app, session["id"], room, [row for row, _ in found], people)


async def test_accepting_puts_the_text_in_and_says_who_did(case: Case) -> None:
    one = case.found[0]
    await case.decisions.accept(case.session, one.id, case.ana)
    assert case.text.count(one.text) == 1
    entry = case.shown(one)
    assert (entry["status"], entry["decided_by"]) == ("accepted", "Ana")
    assert await case.actions() == ["suggestion.accepted"]


async def test_two_at_once_put_it_in_once(case: Case) -> None:
    one = case.found[0]
    results = await asyncio.gather(
        *(case.decisions.accept(case.session, one.id, who) for who in (case.ana, case.ben)),
        case.decisions.reject(case.session, one.id, case.ben),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [type(None), Conflict, Conflict]
    assert case.text.count(one.text) == 1
    assert await case.actions() == ["suggestion.accepted"]


async def test_own_words_go_in_instead_and_are_kept(case: Case) -> None:
    one = case.found[0]
    await case.decisions.accept(case.session, one.id, case.ana, wording="In my own words. 😀")
    assert "In my own words. 😀" in case.text
    assert one.text not in case.text
    decision = await case.database.read(suggestions.decision, one.id)
    assert decision is not None
    assert decision.text == "In my own words. 😀"


async def test_rejecting_changes_nothing_in_the_text_and_keeps_the_reason(case: Case) -> None:
    before, one = case.text, case.found[0]
    await case.decisions.reject(case.session, one.id, case.ben, reason="Too vague")
    assert case.text == before
    assert case.shown(one)["status"] == "rejected"
    decision = await case.database.read(suggestions.decision, one.id)
    assert decision is not None
    assert (decision.verdict, decision.reason) == ("rejected", "Too vague")
    with pytest.raises(Conflict, match="rejected already"):
        await case.decisions.accept(case.session, one.id, case.ana)


async def test_all_of_a_run_stand_in_its_order_whatever_order_they_are_accepted_in(
    case: Case,
) -> None:
    assert len(case.found) >= 2
    for one in reversed(case.found):
        await case.decisions.accept(case.session, one.id, case.ana)
    places = [case.text.index(one.text) for one in case.found]
    assert places == sorted(places)


async def test_an_entry_somebody_took_out_of_the_map_can_still_be_decided(case: Case) -> None:
    """The rows count; the map shows."""
    one = case.found[0]

    def remove(document: Any) -> None:
        del document.root_map(SUGGESTIONS)[one.id]

    await case.room.edit(remove, Origin("mallory", Via.DECISION))
    await case.decisions.reject(case.session, one.id, case.ana)
    decision = await case.database.read(suggestions.decision, one.id)
    assert decision is not None
    assert decision.verdict == "rejected"


async def test_a_suggestion_of_another_session_is_not_found(case: Case) -> None:
    with pytest.raises(NotFound):
        await case.decisions.accept("elsewhere", case.found[0].id, case.ana)
    with pytest.raises(NotFound):
        await case.decisions.reject(case.session, "nothing", case.ana)


async def test_what_goes_in_is_what_the_bot_wrote_whatever_the_map_says(case: Case) -> None:
    """Anybody who may write can write into the map."""
    one = case.found[0]

    def forge(document: Any) -> None:
        shown.write_text(document, one.id, " Mallory decides.")
        shown.set_fields(document, one.id, {"status": "withdrawn", "base": "x", "kind": "replace"})

    await case.room.edit(forge, MALLORY)
    await case.decisions.accept(case.session, one.id, case.ana)
    assert one.text in case.text
    assert "Mallory" not in case.text


async def test_an_entry_that_somebody_made_up_cannot_be_accepted(case: Case) -> None:
    before, one = case.text, case.found[0]

    def forge(document: Any) -> None:
        entries = document.root_map(SUGGESTIONS)
        entries["made-up"] = Map({**case.shown(one), "text": Text("Mallory decides.")})

    await case.room.edit(forge, MALLORY)
    with pytest.raises(NotFound):
        await case.decisions.accept(case.session, "made-up", case.ana)
    assert case.text == before


@pytest.mark.parametrize("change", ["edited", "deleted"])
async def test_a_sentence_that_has_changed_is_not_replaced(case: Case, change: str) -> None:
    ident = await case.propose_instead_of("Boats are slow.")
    at = case.text.index("slow")

    def edit(document: Any) -> None:
        if change == "edited":
            positions.insert(document.statement, at, "very ")
        else:
            positions.delete(document.statement, 0, len("Boats are slow. "))

    await case.room.edit(edit, MALLORY)
    before = case.text
    for _ in range(2):
        with pytest.raises(Conflict) as caught:
            await case.decisions.accept(case.session, ident, case.ana)
        assert caught.value.reason == "stale-suggestion"
    assert case.text == before
    row = await case.database.read(suggestions.get, ident, session_id=case.session)
    assert row.status == case.shown(row)["status"] == "stale"
    assert await case.actions() == ["suggestion.stale"]


async def test_a_sentence_nobody_touched_is_replaced_beside_what_others_write(case: Case) -> None:
    ident = await case.propose_instead_of("Boats are slow.")
    await case.room.edit(lambda it: positions.insert(it.statement, 0, "Hear this: 😀 "), MALLORY)
    await case.decisions.accept(case.session, ident, case.ana)
    assert case.text.startswith("Hear this: 😀 Boats are fine. Ships are loud.")


async def test_what_is_still_being_written_cannot_be_decided(case: Case) -> None:
    ident = await case.propose_instead_of("Boats are slow.", opened=False)
    for decide in (case.decisions.accept, case.decisions.reject):
        with pytest.raises(Conflict) as caught:
            await decide(case.session, ident, case.ana)
        assert caught.value.reason == "not-open"


async def test_a_decision_that_cannot_be_kept_changes_nothing(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, one = case.text, case.found[0]

    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(suggestions, "decide", fail)
        with pytest.raises(NotSaved):
            await case.decisions.accept(case.session, one.id, case.ana)
    assert case.text == before
    assert case.shown(one)["status"] == "open"
    await case.decisions.accept(case.session, one.id, case.ana)
    assert case.text.count(one.text) == 1

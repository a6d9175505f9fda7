"""`ai.decisions`: what accepting and rejecting do, once, on the running application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ai.decisions import Decider
from collab import positions
from collab.document import SUGGESTIONS
from collab.origins import Origin, Via
from rooms.room import Room
from store import suggestions
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
    shown = case.shown(one)
    assert (shown["status"], shown["decided_by"]) == ("accepted", "Ana")
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

"""`web.api.dissents`: notes that only their author can take back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from store.models import AuditEntry
from tests.harness import RunningApp
from tests.web.people import Cast, cast


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody, where nobody has dissented yet."""
    async with cast(app) as found:
        yield found


async def notes(people: Cast, role: str = "observer") -> list[dict[str, Any]]:
    answer = await people.as_(role).get(f"{people.path}/dissents")
    found: list[dict[str, Any]] = answer.json()["dissents"]
    return found


async def test_everybody_reads_a_note_and_nobody_but_its_author_can_touch_it(people: Cast) -> None:
    wrote = await people.participant.post(
        f"{people.path}/dissents", json={"text": "  Not without a noise limit.  "}
    )
    assert wrote.status_code == 201
    note = wrote.json()
    assert (note["text"], note["author"], note["mine"]) == (
        "Not without a noise limit.",
        None,
        True,
    )
    path = f"{people.path}/dissents/{note['id']}"
    for client in (people.facilitator, people.script, people.observer, people.another):
        assert (await client.patch(path, json={"text": "Fine."})).status_code in (403, 404)
        assert (await client.delete(path)).status_code in (403, 404)
    (seen,) = await notes(people)
    assert (seen["text"], seen["author"], seen["mine"]) == (note["text"], None, False)


async def test_a_name_stands_under_a_note_only_if_its_author_puts_it_there(
    app: RunningApp, people: Cast
) -> None:
    wrote = await people.participant.post(f"{people.path}/dissents", json={"text": "No."})
    path = f"{people.path}/dissents/{wrote.json()['id']}"

    def actors(session: Session) -> list[str]:
        rows = session.query(AuditEntry).filter_by(session_id=people.session["id"])
        return [one.actor for one in rows if one.action.startswith("dissent.")]

    assert await app.services.database.read(actors) == ["a participant"]
    await people.participant.patch(path, json={"named": True})
    assert (await notes(people))[0]["author"] == "Participant"
    await people.participant.patch(path, json={"named": False, "text": "Never."})
    (seen,) = await notes(people)
    assert (seen["author"], seen["text"]) == (None, "Never.")


async def test_its_author_takes_a_note_back(people: Cast) -> None:
    wrote = await people.participant.post(f"{people.path}/dissents", json={"text": "No."})
    path = f"{people.path}/dissents/{wrote.json()['id']}"
    assert (await people.participant.delete(path)).status_code == 204
    assert await notes(people) == []
    assert (await people.participant.delete(path)).status_code == 404


async def test_a_note_stays_when_its_author_is_removed_from_the_session(
    app: RunningApp, people: Cast
) -> None:
    await people.participant.post(f"{people.path}/dissents", json={"text": "No.", "named": True})
    invitation = people.session["invitations"][0]["id"]
    gone = await people.facilitator.delete(f"{people.path}/invitations/{invitation}")
    assert gone.status_code == 204
    (seen,) = await notes(people)
    assert (seen["text"], seen["author"]) == ("No.", "Participant")


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
async def test_a_note_without_words_or_too_long_is_refused(people: Cast, text: str) -> None:
    wrote = await people.participant.post(f"{people.path}/dissents", json={"text": text})
    assert wrote.status_code == 422

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from store import critiques, disputes, runs, suggestions
from store.critiques import Visibility
from store.database import Database
from store.errors import Conflict
from store.models import Suggestion
from store.runs import Trigger
from store.testing import Place, a_place


def _dispute(session: Session, place: Place) -> None:
    if not session.query(Suggestion).count():
        run = runs.add(
            session,
            session_id=place.session,
            mode="extractive",
            model=None,
            trigger=Trigger.FACILITATOR,
        )
        suggestions.add(
            session,
            id="s",
            session_id=place.session,
            run_id=run.id,
            ordinal=1,
            kind="paragraph",
            status="open",
            author="A",
            base="",
            text="t",
            start={},
            end={},
            place="start",
            sources=[],
            reason="",
        )
    critique = critiques.add(
        session,
        session_id=place.session,
        participant_id=place.person,
        text="Not meant.",
        visibility=Visibility.PRIVATE,
        start=None,
        end=None,
        quote="",
    )
    disputes.add(
        session,
        suggestion_id="s",
        citation="c",
        participant_id=place.person,
        critique_id=critique.id,
    )


async def test_a_citation_is_disputed_once(database: Database, place: Place) -> None:
    await database.write(_dispute, place)
    with pytest.raises(Conflict, match="already"):
        await database.write(_dispute, place)
    assert await database.read(disputes.of_session, place.session) == {"c"}
    other = await database.write(a_place, "Ben")
    assert await database.read(disputes.of_session, other.session) == set()
    assert len(await database.read(critiques.unresolved, place.session)) == 1

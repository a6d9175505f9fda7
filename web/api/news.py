"""What is new since somebody's last visit, and the signs of life that visits are made of."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from ai.news import ACTIONS, Known, News, news
from collab.suggestions import Status
from store import audit, critiques, dissents, documents, participants, polls, rounds, suggestions
from store import visits as visiting
from store.documents import Viewer, Visibility
from store.ids import now
from web.api import shapes
from web.auth import AMember, Member
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}", tags=["news"])


class SignOfLife(BaseModel):
    """Somebody looks at the session. `read`: the `mark` of the news they take as read, if they do."""

    read: int | None = Field(None, ge=0)


@router.get("/news")
async def show(request: Request, member: AMember) -> dict[str, Any]:
    """What happened since your last visit. Reading it changes nothing."""
    return await services_of(request).database.read(_news, member)


@router.post("/visits")
async def visit(
    request: Request, member: AMember, body: SignOfLife | None = None
) -> dict[str, Any]:
    """Say that you are looking at the session. Ten minutes without it end a visit, on all devices."""

    def change(session: Session) -> dict[str, Any]:
        me = member.participant.id
        visiting.touch(session, me, of=member.session.id, at=now())
        if body is not None and body.read is not None:
            visiting.put_away(session, me, upto=body.read, at=now())
        return _news(session, member)

    return await services_of(request).database.write(change)


def _news(session: Session, member: Member) -> dict[str, Any]:
    visit = visiting.get(session, member.participant.id)
    mark = audit.latest(session, member.session.id)
    since = visit.read_to if visit is not None else mark
    entries = audit.entries(session, member.session.id, ACTIONS, after=since)
    told = news(entries, reader=member.participant.id, known=_known(session, member, since))
    return {
        "since": shapes.moment(visit.read_at) if visit is not None else None,
        "mark": mark,
        "news": [_json(one) for one in told],
    }


def _known(session: Session, member: Member, since: int) -> Known:
    of, me = member.session.id, member.participant.id
    joined = audit.entries(session, of, {"participant.joined"})
    written = [one for one, _ in suggestions.of_session(session, of)]
    seen = documents.of_session(session, of, Viewer(me))
    rounds_of, polls_of = rounds.of_session(session, of), polls.of_session(session, of)
    return Known(
        names=participants.names(session, of),
        before={one.actor for one in joined if one.id <= since},
        suggested=Counter(
            one.run_id
            for one in written
            if one.status not in (Status.DRAFTING.value, Status.WITHDRAWN.value)
        ),
        mine={one.id for one in critiques.seen_by(session, of, me) if one.participant_id == me},
        others_notes={
            one.id for one in dissents.of_session(session, of) if one.participant_id != me
        },
        documents={one.id for one in seen if one.visibility == Visibility.SESSION.value},
        numbers={one.id: one.number for one in rounds_of}
        | {one.id: one.number for one in polls_of},
    )


def _json(one: News) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "at": shapes.moment(one.at),
        "count": one.count,
        "people": list(one.people),
        "number": one.number,
        "outcome": one.outcome.value if one.outcome is not None else None,
        "phase": one.phase,
    }

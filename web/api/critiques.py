"""Critiques: what somebody holds against the statement, said to all or to the bot alone."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.orm import Session

from collab import comments
from collab.document import Document
from collab.errors import ProtocolError
from collab.origins import Origin, Via
from collab.positions import Anchor
from rooms.errors import NothingChanged
from store import audit, critiques, ids, participants
from store.critiques import Visibility
from store.models import Critique
from web.api import shapes
from web.auth import AContributor, AMember, Member
from web.errors import Problem
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}/critiques", tags=["critiques"])


class NewCritique(BaseModel):
    """
    An objection.

    `start` and `end` are Yjs relative positions as JSON, `quote` the words between them now.
    """

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
    visibility: Visibility
    start: dict[str, Any] | None = None
    end: dict[str, Any] | None = None
    quote: str = Field("", max_length=2000)


@router.post("", status_code=201)
async def give(request: Request, body: NewCritique, member: AContributor) -> dict[str, Any]:
    """Object to the statement or a part of it. The bot takes it into account in its next run."""
    services = services_of(request)
    ident = ids.new_id()
    start, end = _anchor(body.start, "start"), _anchor(body.end, "end")

    def write(session: Session) -> None:
        critiques.add(
            session,
            ident=ident,
            session_id=member.session.id,
            participant_id=member.participant.id,
            text=body.text,
            visibility=body.visibility,
            start=start.to_json() if start is not None else None,
            end=end.to_json() if end is not None else None,
            quote=body.quote,
        )
        audit.record(
            session,
            "critique.given",
            actor=member.participant.id,
            of=member.session.id,
            subject=ident,
            visibility=body.visibility.value,
        )

    if body.visibility is Visibility.OPEN:
        room = await services.registry.of_session(member.session.id)

        def show(document: Document) -> None:
            comments.add(
                document,
                ident,
                author=member.participant.name,
                text=body.text,
                start=start,
                end=end,
                quote=body.quote,
                created_at=str(shapes.moment(now)),
            )

        now = ids.now()
        await room.edit(show, Origin(member.participant.id, Via.SERVER), write)
        services.events.publish(member.session.id, "critique", {"id": ident})
    else:
        await services.database.write(write)
    services.bot.critique_given(member.session.id)
    row = await services.database.read(critiques.get, ident, session_id=member.session.id)
    return shapes.critique_json(row, member.participant.name, mine=True)


@router.get("")
async def index(request: Request, member: AMember) -> dict[str, Any]:
    """The open critiques and your own."""

    def query(session: Session) -> list[dict[str, Any]]:
        names = participants.names(session, member.session.id)
        return [
            shapes.critique_json(
                row,
                names.get(row.participant_id, ""),
                mine=row.participant_id == member.participant.id,
            )
            for row in critiques.seen_by(session, member.session.id, member.participant.id)
        ]

    return {"critiques": await services_of(request).database.read(query)}


@router.post("/{critique}/resolve")
async def resolve(request: Request, critique: str, member: AContributor) -> dict[str, Any]:
    """Mark a critique as settled: its author or a facilitator may."""
    services = services_of(request)
    row = await services.database.read(critiques.get, critique, session_id=member.session.id)
    _check_may_resolve(row, member)

    def write(session: Session) -> None:
        critiques.resolve(session, row, by=member.participant.id)
        audit.record(
            session,
            "critique.resolved",
            actor=member.participant.id,
            of=member.session.id,
            subject=critique,
        )

    room = await services.registry.of_session(member.session.id)
    origin = Origin(member.participant.id, Via.SERVER)
    try:
        await room.edit(lambda document: comments.resolve(document, critique), origin, write)
    except NothingChanged:  # a private one, or somebody took it out of the map
        await services.database.write(write)
    services.events.publish(member.session.id, "critique", {"id": critique})

    def query(session: Session) -> dict[str, Any]:
        fresh = critiques.get(session, critique, session_id=member.session.id)
        names = participants.names(session, member.session.id)
        mine = fresh.participant_id == member.participant.id
        return shapes.critique_json(fresh, names.get(fresh.participant_id, ""), mine=mine)

    return await services.database.read(query)


def _check_may_resolve(row: Critique, member: Member) -> None:
    mine = row.participant_id == member.participant.id
    if row.visibility == Visibility.PRIVATE.value and not mine:
        raise Problem(404, "not-found", "There is no such critique, or not for you.")
    if not mine and member.role != "facilitator":
        raise Problem(403, "facilitator-only", "Its author or a facilitator can settle this.")


def _anchor(value: dict[str, Any] | None, field: str) -> Anchor | None:
    if value is None:
        return None
    try:
        return Anchor.from_json(value)
    except ProtocolError as exc:
        raise Problem(
            422,
            "invalid",
            f"Some of what was sent cannot be used: {field}.",
            errors=[{"field": field, "message": str(exc)}],
        ) from exc

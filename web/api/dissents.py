"""Dissent notes: what somebody holds against the text for good, part of every export."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, StringConstraints
from sqlalchemy.orm import Session

from store import audit, dissents, participants
from store.ids import now
from store.models import DissentNote
from web.api import shapes
from web.auth import AContributor, AMember, Member
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}/dissents", tags=["dissents"])

NoteText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class NewNote(BaseModel):
    """What somebody cannot agree to; with their name, or as "a participant"."""

    text: NoteText
    named: bool = False


class Changes(BaseModel):
    """A better wording, or the name put under it or taken away."""

    text: NoteText | None = None
    named: bool | None = None


@router.post("", status_code=201)
async def write(request: Request, body: NewNote, member: AContributor) -> dict[str, Any]:
    """Write a dissent note. Nobody but its author can change or remove it."""

    def change(session: Session) -> dict[str, Any]:
        row = dissents.add(
            session,
            session_id=member.session.id,
            participant_id=member.participant.id,
            text=body.text,
            named=body.named,
        )
        return _done(session, member, "dissent.written", row)

    return await _tell(request, member, change)


@router.get("")
async def index(request: Request, member: AMember) -> dict[str, Any]:
    """Every note that stands; names only where their authors put them."""

    def query(session: Session) -> list[dict[str, Any]]:
        names = participants.names(session, member.session.id)
        return [
            shapes.dissent_json(row, names, mine=row.participant_id == member.participant.id)
            for row in dissents.of_session(session, member.session.id)
        ]

    return {"dissents": await services_of(request).database.read(query)}


@router.patch("/{note}")
async def change_note(
    request: Request, note: str, body: Changes, member: AContributor
) -> dict[str, Any]:
    """Change one of your notes."""

    def change(session: Session) -> dict[str, Any]:
        row = _own(session, note, member)
        row.text = body.text or row.text
        row.named = body.named if body.named is not None else row.named
        row.updated_at = now()
        return _done(session, member, "dissent.changed", row)

    return await _tell(request, member, change)


@router.delete("/{note}", status_code=204)
async def take_back(request: Request, note: str, member: AContributor) -> None:
    """Take one of your notes back."""

    def change(session: Session) -> dict[str, Any]:
        row = _own(session, note, member)
        row.removed_at = now()
        return _done(session, member, "dissent.removed", row)

    await _tell(request, member, change)


def _own(session: Session, note: str, member: Member) -> DissentNote:
    return dissents.own(
        session, note, session_id=member.session.id, participant_id=member.participant.id
    )


def _done(session: Session, member: Member, action: str, row: DissentNote) -> dict[str, Any]:
    """An unnamed note's author is not in the audit either."""
    actor = member.participant.id if row.named else "a participant"
    audit.record(session, action, actor=actor, of=member.session.id, subject=row.id)
    names = participants.names(session, member.session.id)
    return shapes.dissent_json(row, names, mine=True)


async def _tell(request: Request, member: Member, change: Any) -> dict[str, Any]:
    services = services_of(request)
    found: dict[str, Any] = await services.database.write(change)
    services.events.publish(member.session.id, "dissent", {"id": found["id"]})
    return found

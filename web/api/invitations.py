"""Invitations of a session, and tokens for other Yjs clients of its room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.orm import Session

from store import audit, invitations, rooms, roomtokens
from store.participants import Role
from web import credentials, kicks, notices
from web.api import shapes
from web.api.sessions import Email, hand_out
from web.auth import AMember, TheFacilitator
from web.errors import Problem
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}", tags=["invitations"])

_YEAR = 366 * 24 * 3600


class NewInvitation(BaseModel):
    """Whom to invite, as what, for how long (seconds)."""

    email: Email | None = None
    role: Role = Role.PARTICIPANT
    expires_in: int | None = Field(None, ge=60, le=_YEAR)


class NewRoomToken(BaseModel):
    """
    A credential for another Yjs client.

    `subject` names who writes with it; the same subject over several tokens is the same person in the room.
    """

    role: Role = Role.PARTICIPANT
    expires_in: int = Field(ge=10, le=_YEAR, examples=[3600])
    subject: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] | None
    ) = None


@router.get("/invitations")
async def index(request: Request, member: TheFacilitator) -> dict[str, Any]:
    """The session's invitations; their links are not kept."""
    at = datetime.now(UTC)
    found = await services_of(request).database.read(invitations.of_session, member.session.id)
    return {
        "invitations": [
            shapes.invitation_json(invitation, person, at=at) for invitation, person in found
        ]
    }


@router.post("/invitations", status_code=201)
async def create(request: Request, body: NewInvitation, member: TheFacilitator) -> dict[str, Any]:
    """Invite one more."""
    services = services_of(request)
    lifetime = services.settings.invitation_lifetime
    if body.expires_in is not None:
        lifetime = timedelta(seconds=body.expires_in)

    def change(session: Session) -> invitations.NewInvitation:
        made = invitations.add(
            session,
            session_id=member.session.id,
            email=body.email,
            role=body.role,
            lifetime=lifetime,
        )
        _record(session, member, "invitation.created", made.invitation.id)
        return made

    return await _handed_out(request, member, await services.database.write(change))


@router.post("/invitations/{invitation}/reissue")
async def reissue(request: Request, invitation: str, member: TheFacilitator) -> dict[str, Any]:
    """Make a new link; the old one is dead, who joined by it stays."""
    services = services_of(request)

    def change(session: Session) -> invitations.NewInvitation:
        made = invitations.reissue(
            session,
            invitation,
            session_id=member.session.id,
            lifetime=services.settings.invitation_lifetime,
        )
        _record(session, member, "invitation.reissued", invitation)
        return made

    made = await services.database.write(change)
    await notices.participants_changed(services, member.session.id)  # who was out is in again
    return await _handed_out(request, member, made)


@router.delete("/invitations/{invitation}", status_code=204)
async def revoke(request: Request, invitation: str, member: TheFacilitator) -> None:
    """Take an invitation back; who joined by it is out, now."""
    services = services_of(request)

    def change(session: Session) -> tuple[str, set[str]] | None:
        person = invitations.revoke(session, invitation, session_id=member.session.id)
        _record(session, member, "invitation.revoked", invitation)
        if person is None:
            return None
        made = roomtokens.of_session(session, member.session.id)
        return person.id, {token.id for token in made if token.made_by == person.id}

    out = await services.database.write(change)
    if out is not None:
        kicks.person(services, *out)
        await notices.participants_changed(services, member.session.id)


@router.get("/room-tokens")
async def room_tokens(request: Request, member: AMember) -> dict[str, Any]:
    """The session's tokens (a facilitator sees all, others their own), without secrets."""
    found = await services_of(request).database.read(roomtokens.of_session, member.session.id)
    everything = member.role is Role.FACILITATOR
    return {
        "room_tokens": [
            shapes.room_token_json(token)
            for token in found
            if everything or token.made_by == member.participant.id
        ]
    }


@router.post("/room-tokens", status_code=201)
async def create_room_token(
    request: Request, body: NewRoomToken, member: AMember
) -> dict[str, Any]:
    """
    Make a token for another Yjs client.

    A participant's token is the participant; a facilitator may name another `subject`.
    """
    services = services_of(request)
    if body.role is Role.FACILITATOR:
        raise Problem(422, "invalid", "A room token is for a participant or an observer.")
    if body.role is Role.PARTICIPANT and not member.role.may_write:
        raise Problem(403, "read-only", "An observer's token can only observe.")
    if body.subject is not None and member.role is not Role.FACILITATOR:
        raise Problem(403, "facilitator-only", "Only a facilitator may make tokens for others.")
    subject, name = member.participant.id, member.participant.name
    if body.subject is not None:
        subject, name = f"guest:{body.subject}", body.subject

    def change(session: Session) -> tuple[roomtokens.NewToken, str]:
        made = roomtokens.add(
            session,
            session_id=member.session.id,
            made_by=member.participant.id,
            role=body.role,
            subject=subject,
            name=name,
            lifetime=timedelta(seconds=body.expires_in),
        )
        _record(session, member, "room_token.created", made.token.id)
        return made, rooms.address(rooms.of_session(session, member.session.id))

    made, room = await services.database.write(change)
    base = credentials.base_url(services.settings, request).replace("http", "ws", 1)
    return {
        **shapes.room_token_json(made.token),
        "token": made.secret,
        "url": f"{base}/yjs",
        "room": room,
    }


@router.delete("/room-tokens/{token}", status_code=204)
async def revoke_room_token(request: Request, token: str, member: AMember) -> None:
    """End a token; sockets opened with it are closed."""
    services = services_of(request)

    def change(session: Session) -> None:
        row = roomtokens.revoke(session, token, session_id=member.session.id)
        if member.role is not Role.FACILITATOR and row.made_by != member.participant.id:
            raise Problem(403, "facilitator-only", "This token is somebody else's.")
        _record(session, member, "room_token.revoked", token)

    await services.database.write(change)
    kicks.credential(services, token)


async def _handed_out(
    request: Request, member: TheFacilitator, made: invitations.NewInvitation
) -> dict[str, Any]:
    facts = {"title": member.session.title, "question": member.session.question}
    (answer,) = await hand_out(request, facts, [made], member.participant.name)
    return answer


def _record(session: Session, member: AMember, action: str, subject: str) -> None:
    audit.record(
        session, action, actor=member.participant.id, of=member.session.id, subject=subject
    )

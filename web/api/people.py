"""Signing in, joining, and who this browser is."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.orm import Session

from store import audit, facilitators, invitations, logins, participants, rooms, sessions
from store.errors import NotFound
from store.models import Facilitator, Participant
from web import credentials, kicks, notices
from web.auth import Anybody, Asker
from web.errors import Problem
from web.services import services_of

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/api", tags=["people"])

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Secret = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=200)]


class SignIn(BaseModel):
    """A facilitator's token."""

    token: Secret


class Preview(BaseModel):
    """What stands behind the ``#`` of an invitation link."""

    invitation: Secret


class Join(Preview):
    """The invitation, and what one wants to be called."""

    name: Name = Field(examples=["Ana"])


@router.get("/config")
async def config(request: Request) -> dict[str, Any]:
    """What kind of server this is."""
    services = services_of(request)
    settings = services.settings
    return {
        "version": request.app.version,
        "mode": settings.mode,
        "model": settings.model_draft if settings.mode == "claude" else None,
        "provider": settings.provider,
        "mail": settings.smtp_host is not None,
        "public_url": credentials.base_url(settings, request),
        "local_only": settings.local_only,
        "reads_pictures": services.reads_pictures,
    }


@router.post("/sign-in")
async def sign_in(
    request: Request, response: Response, body: SignIn, asker: Anybody
) -> dict[str, Any]:
    """Sign a browser in as a facilitator."""
    services = services_of(request)

    def change(session: Session) -> tuple[Facilitator, str | None]:
        facilitator = facilitators.by_token(session, body.token)
        login_id, secret = _login_for(session, asker, services.settings.login_lifetime)
        logins.bind_facilitator(session, login_id, facilitator.id)
        audit.record(session, "facilitator.signed_in", actor=facilitator.id, of=None)
        return facilitator, secret

    try:
        facilitator, secret = await services.database.write(change)
    except NotFound:
        address = request.client.host if request.client is not None else "unknown"
        logger.warning("sign-in refused", extra={"action": "sign_in_refused", "address": address})
        raise Problem(
            401, "bad-token", "This facilitator link is not valid (any more); ask for a new one."
        ) from None
    if secret is not None:
        credentials.write_cookie(services.settings, request, response, secret)
    return {"facilitator": {"id": facilitator.id, "name": facilitator.name}}


@router.post("/sign-out", status_code=204)
async def sign_out(request: Request, response: Response, asker: Anybody) -> None:
    """Forget this browser: its facilitator and its participants. What it has open ends."""
    services = services_of(request)
    secret = credentials.read_cookie(services.settings, request)
    if asker.login is not None and secret is not None:
        await services.database.write(logins.close_login, secret)
        kicks.credential(services, asker.login.id)
    credentials.clear_cookie(services.settings, request, response)


@router.get("/me")
async def me(asker: Anybody) -> dict[str, Any]:
    """Who this browser acts for."""
    facilitator = asker.facilitator
    return {
        "facilitator": facilitator and {"id": facilitator.id, "name": facilitator.name},
        "people": [
            {
                "participant": person.id,
                "session": session.id,
                "title": session.title,
                "name": person.name,
                "role": person.role,
            }
            for person, session in asker.people
        ],
    }


@router.post("/invitations/preview")
async def preview(request: Request, body: Preview, _: Anybody) -> dict[str, Any]:
    """What an invitation leads to. Changes nothing."""
    settings = services_of(request).settings

    def query(session: Session) -> dict[str, Any]:
        invitation = invitations.open_one(session, body.invitation, at=datetime.now(UTC))
        person = participants.by_invitation(session, invitation.id)
        found = sessions.get(session, invitation.session_id)
        return {
            "session": found.id,
            "title": found.title,
            "question": found.question,
            "role": invitation.role,
            "name": person.name if person is not None else None,
            "joined": person is not None,
            "facilitator_reads_inputs": found.facilitator_reads_inputs,
            "external_ai": found.external_ai,
            "provider": settings.provider if found.external_ai else None,
        }

    try:
        return await services_of(request).database.read(query)
    except NotFound:
        raise _dead_link() from None


@router.post("/join")
async def join(request: Request, response: Response, body: Join, asker: Anybody) -> dict[str, Any]:
    """Become the invitation's participant in this browser."""
    services = services_of(request)

    def change(session: Session) -> tuple[Participant, str, str | None]:
        person = invitations.join(session, body.invitation, body.name, at=datetime.now(UTC))
        login_id, secret = _login_for(session, asker, services.settings.login_lifetime)
        logins.bind_person(session, login_id, person.id)
        audit.record(session, "participant.joined", actor=person.id, of=person.session_id)
        room = rooms.of_session(session, person.session_id)
        return person, rooms.address(room), secret

    try:
        person, room, secret = await services.database.write(change)
    except NotFound:
        raise _dead_link() from None
    if secret is not None:
        credentials.write_cookie(services.settings, request, response, secret)
    await notices.participants_changed(services, person.session_id)
    return {
        "session": person.session_id,
        "participant": person.id,
        "name": person.name,
        "role": person.role,
        "room": room,
    }


def _login_for(session: Session, asker: Asker, lifetime: Any) -> tuple[str, str | None]:
    """The browser's login, or a new one with its secret."""
    if asker.login is not None:
        return asker.login.id, None
    opened = logins.open_login(session, lifetime=lifetime)
    return opened.login.id, opened.secret


def _dead_link() -> Problem:
    return Problem(
        404,
        "no-invitation",
        "This invitation link is not valid (any more). Ask whoever invited you for a new one.",
    )

"""Suggestions: what the bot proposes, and deciding about it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, StringConstraints
from sqlalchemy.orm import Session

from ai.consent import Consent
from store import documents, inputs, participants, suggestions
from store.documents import Viewer
from web import notices
from web.api import shapes
from web.auth import AContributor, AMember, Member
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}/suggestions", tags=["suggestions"])


class Acceptance(BaseModel):
    """Nothing, or the wording to put in instead of the proposed one."""

    text: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)]
        | None
    ) = None


class Rejection(BaseModel):
    """Nothing, or why."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] | None = None


@router.get("")
async def index(request: Request, member: AMember) -> dict[str, Any]:
    """Every suggestion of the session, as the server has it."""
    found = await services_of(request).database.read(_all, member)
    return {"suggestions": found}


@router.post("/{suggestion}/accept")
async def accept(
    request: Request, suggestion: str, member: AContributor, body: Acceptance | None = None
) -> dict[str, Any]:
    """Put a suggestion's text into the statement, once, whoever else clicks."""
    services = services_of(request)
    wording = body.text if body is not None else None
    await services.decisions.accept(member.session.id, suggestion, member.decider, wording=wording)
    return await _decided(request, member, suggestion)


@router.post("/{suggestion}/reject")
async def reject(
    request: Request, suggestion: str, member: AContributor, body: Rejection | None = None
) -> dict[str, Any]:
    """Turn a suggestion down; its text is kept."""
    services = services_of(request)
    reason = body.reason if body is not None else None
    await services.decisions.reject(member.session.id, suggestion, member.decider, reason=reason)
    return await _decided(request, member, suggestion)


async def _decided(request: Request, member: Member, suggestion: str) -> dict[str, Any]:
    services = services_of(request)
    found = await services.database.read(_all, member)
    answer = next(one for one in found if one["id"] == suggestion)
    notices.suggestion_changed(services, member.session.id, suggestion, answer["status"])
    return answer


def _all(session: Session, member: Member) -> list[dict[str, Any]]:
    names = participants.names(session, member.session.id)
    own = inputs.of_participant(session, member.session.id, member.participant.id)
    own_inputs = {row.id for row in own}
    viewer = Viewer(member.participant.id)
    own_inputs |= {
        row.id
        for row in documents.of_session(session, member.session.id, viewer)
        if row.participant_id == member.participant.id
    }
    consent = Consent.load(session, member.session.id)
    return [
        shapes.suggestion_json(
            row, decision, names, sources=map(consent.of, row.sources), own_inputs=own_inputs
        )
        for row, decision in suggestions.of_session(session, member.session.id)
    ]

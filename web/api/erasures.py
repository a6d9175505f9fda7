"""Erasures: how far they are, and where copies may be that this server cannot reach."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session

from store import erasures, inputs
from store.erasures import Kind
from store.models import Erasure
from web.api import shapes
from web.auth import AContributor, AMember
from web.services import Services, services_of

router = APIRouter(prefix="/api/sessions/{session_id}/erasures", tags=["erasures"])

_STATEMENT = (
    "Sentences that were accepted into the statement are the group's by now: they stay until people take them out. "
    "Erase again after that, and what is left here of them goes too."
)
_PEOPLE = "What others have written themselves, and the texts people have voted on."
_EXPORTS = "Reports and audit bundles that somebody has downloaded."
_DEVICES = (
    "Devices of people who were in the room: a browser keeps the shared text for writing offline, with what was "
    "proposed at the time, until it is in the room again or its data is deleted."
)
_BACKUPS = "Backups of the server, until whoever runs it deletes them."
_MODEL = "The provider of the AI model, as long as its terms say."
_EMBEDDINGS = "The provider of the embedding model, as long as its terms say."


@router.get("")
async def index(request: Request, member: AMember) -> dict[str, Any]:
    """What you have had erased, what you have withdrawn and could erase, and since when the room's history is whole."""
    services = services_of(request)

    def query(session: Session) -> dict[str, Any]:
        rows = erasures.of_participant(session, member.session.id, member.participant.id)
        withdrawn = inputs.withdrawn(session, member.session.id, member.participant.id)
        begins = erasures.history_begins(session, member.session.id)
        return {
            "erasures": [shapes.erasure_json(row, may_remain(services, row)) for row in rows],
            "withdrawn": [shapes.input_json(row, []) for row in withdrawn],
            "history_begins": shapes.moment(begins),
        }

    return await services.database.read(query)


@router.post("/{erasure_id}/again", status_code=202)
async def again(request: Request, erasure_id: str, member: AContributor) -> dict[str, Any]:
    """Look again for copies of something you had erased, after it was taken out of the statement."""
    services = services_of(request)
    row = await services.eraser.ask_again(
        erasure_id, session_id=member.session.id, participant_id=member.participant.id
    )
    return shapes.erasure_json(row, may_remain(services, row))


def may_remain(services: Services, row: Erasure) -> list[dict[str, str]]:
    """Return where copies may be that were not erased, in words for people."""
    places = {"people": _PEOPLE, "exports": _EXPORTS, "devices": _DEVICES, "backups": _BACKUPS}
    if row.done_at is None or row.found.get("in_statement"):
        places = {"statement": _STATEMENT} | places
    if services.settings.anthropic_api_key is not None:
        places["model"] = _MODEL
    if row.kind == Kind.DOCUMENT.value and services.settings.embeddings in ("voyage", "openai"):
        places["embeddings"] = _EMBEDDINGS
    return [{"where": where, "what": what} for where, what in places.items()]

"""Documents: the files people gave, how reading them gets on, and what was read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.responses import Response

from store import audit, documents
from store.blobs import LINK_SECONDS
from store.documents import Viewer, Visibility
from store.erasures import Kind
from store.inputs import Quote
from store.models import Document
from web import notices
from web.api import shapes
from web.auth import AContributor, AMember, Member
from web.errors import Problem
from web.filebodies import file_response
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}/documents", tags=["documents"])

#: Characters of one answer.
_MAX_CHARS = 100_000


class DocumentChanges(BaseModel):
    """Another permission to quote, or other readers."""

    quote: Quote | None = None
    visibility: Visibility | None = None


def viewer_of(member: Member) -> Viewer:
    """Return what a member may read."""
    return Viewer(
        member.participant.id,
        everything=member.session.facilitator_reads_inputs and member.role == "facilitator",
    )


@router.get("")
async def index(request: Request, member: AMember) -> dict[str, Any]:
    """Your documents and those shown to all; all of them for a facilitator of a session that says so."""
    services = services_of(request)
    found = await services.database.read(documents.of_session, member.session.id, viewer_of(member))
    return {
        "documents": [shapes.document_json(row, member.participant.id) for row in found],
        "model": await services.ingest.model_of(member.session.id),
    }


@router.get("/{document_id}")
async def show(request: Request, document_id: str, member: AMember) -> dict[str, Any]:
    """One document."""
    row = await services_of(request).database.read(
        documents.get, document_id, session_id=member.session.id, viewer=viewer_of(member)
    )
    return shapes.document_json(row, member.participant.id)


@router.get("/{document_id}/text")
async def text(
    request: Request,
    document_id: str,
    member: AMember,
    start: Annotated[int, Query(ge=0)] = 0,
    end: Annotated[int | None, Query(ge=0)] = None,
) -> dict[str, Any]:
    """What was read from a document: characters `start` to `end`, and the blocks they are in."""

    def query(session: Session) -> dict[str, Any]:
        documents.get(session, document_id, session_id=member.session.id, viewer=viewer_of(member))
        kept = documents.text_of(session, document_id)
        stop = min(len(kept.text) if end is None else end, start + _MAX_CHARS, len(kept.text))
        return {
            "text": kept.text[start:stop],
            "start": start,
            "end": max(start, stop),
            "of": len(kept.text),
            "blocks": [
                shapes.block_json(block) for block in kept.blocks if block[2] > start and block[1] < stop
            ],
        }  # fmt: skip

    return await services_of(request).database.read(query)


@router.get("/{document_id}/file")
async def original(request: Request, document_id: str, member: AMember) -> Response:
    """The file as it was given; browsers keep it and never open it here. `Range` is understood."""
    services = services_of(request)
    row = await services.database.read(
        documents.get, document_id, session_id=member.session.id, viewer=viewer_of(member)
    )
    if services.blobs.signs:
        url = await services.blobs.url_for(row.id, "GET")
        return Response(status_code=307, headers={"location": str(url)})
    return await file_response(request, services.blobs, row.id, name=row.name, sha256=row.sha256)


@router.get("/{document_id}/link")
async def link(request: Request, document_id: str, member: AMember) -> dict[str, Any]:
    """An address of the file that is good for 15 minutes and for whoever has it."""
    services = services_of(request)
    row = await services.database.read(
        documents.get, document_id, session_id=member.session.id, viewer=viewer_of(member)
    )
    expires = datetime.now(UTC) + timedelta(seconds=LINK_SECONDS)
    url = await services.blobs.url_for(row.id, "GET", name=row.name)
    if url is None:
        raise Problem(409, "not-signed", "This store of files signs no addresses.")
    return {"url": url, "expires_at": expires.isoformat()}


@router.patch("/{document_id}")
async def change_document(
    request: Request, document_id: str, body: DocumentChanges, member: AContributor
) -> dict[str, Any]:
    """Change how one of your documents may be quoted, or who may read it."""
    services = services_of(request)

    def change(session: Session) -> tuple[Document, bool]:
        row = _own(session, document_id, member)
        was_open = row.visibility == Visibility.SESSION.value
        wanted = body.model_dump(exclude_none=True)
        row = documents.advance(session, row.id, **{one: str(to) for one, to in wanted.items()})
        _record(session, member, "document.changed", row.id)
        return row, was_open and row.visibility != Visibility.SESSION.value

    row, hidden = await services.database.write(change)
    if hidden:
        await notices.document_hidden(services, row)
    await notices.quotes_changed(services, member.session.id, document_id)
    await notices.document_changed(services, document_id)
    return shapes.document_json(row, member.participant.id)


@router.delete("/{document_id}", status_code=204)
async def remove(request: Request, document_id: str, member: AContributor) -> None:
    """Erase one of your documents: the file, its text, its quotes, all that was made from it."""
    services = services_of(request)
    row = await services.database.read(_own, document_id, member)
    await services.eraser.ask(
        Kind.DOCUMENT,
        document_id,
        session_id=member.session.id,
        participant_id=member.participant.id,
    )
    services.pictures.forget(row.id)
    await notices.document_removed(services, row)


def _own(session: Session, document_id: str, member: Member) -> Any:
    return documents.own(
        session, document_id, session_id=member.session.id, participant_id=member.participant.id
    )


def _record(session: Session, member: Member, action: str, subject: str) -> None:
    audit.record(
        session, action, actor=member.participant.id, of=member.session.id, subject=subject
    )

"""Finding one's way in a document: what can be jumped to, and where a citation stands."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session

from ai import places
from ingest.contents import contents
from store import documents
from web.api.documents import viewer_of
from web.auth import AMember, Member
from web.errors import Problem
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}/documents/{document_id}", tags=["documents"])


@router.get("/contents")
async def table_of_contents(request: Request, document_id: str, member: AMember) -> dict[str, Any]:
    """Where each page, slide and sheet begins, and the headings."""

    def query(session: Session) -> dict[str, Any]:
        kept = _text(session, document_id, member)
        return {"of": len(kept.text), "contents": contents(kept.text, kept.blocks)}

    return await services_of(request).database.read(query)


@router.get("/passage")
async def passage(
    request: Request,
    document_id: str,
    member: AMember,
    place: Annotated[str, Query(max_length=4000)] = "",
    quote: Annotated[str, Query(max_length=4000)] = "",
) -> dict[str, int]:
    """Where a citation stands: its `place` as JSON as the source had it, and its `quote`."""
    wanted = _place(place)

    def query(session: Session) -> dict[str, int]:
        kept = _text(session, document_id, member)
        start, end = places.locate(kept.text, kept.blocks, wanted, quote)
        return {"start": start, "end": end}

    return await services_of(request).database.read(query)


def _text(session: Session, document_id: str, member: Member) -> Any:
    documents.get(session, document_id, session_id=member.session.id, viewer=viewer_of(member))
    return documents.text_of(session, document_id)


def _place(value: str) -> dict[str, Any] | None:
    try:
        found = json.loads(value) if value else None
    except (ValueError, RecursionError):
        found = value
    if found is not None and not isinstance(found, dict):
        raise Problem(422, "invalid", "place: send a place as JSON, as a source or a hit has it.")
    return found

"""Pages of PDFs as they look, with a passage marked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from ingest.errors import ExtractionFailed, Unusable
from store import documents
from store.errors import NotFound
from web.api.documents import viewer_of
from web.auth import AMember
from web.errors import Problem
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}/documents/{document_id}", tags=["documents"])

#: A passage has a few; more are no passage.
_MAX_BOXES = 200


@router.get("/pages/{number}.png", response_class=Response)
async def page_picture(
    request: Request,
    document_id: str,
    member: AMember,
    number: Annotated[int, Path(ge=1)],
    start: Annotated[int, Query(ge=0)] = 0,
    end: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """A page of a PDF as PNG; what of the text from `start` to `end` stands on it is marked."""
    services = services_of(request)

    def query(session: Session) -> list[Any]:
        row = documents.get(
            session, document_id, session_id=member.session.id, viewer=viewer_of(member)
        )
        if row.kind != "pdf" or number > row.units:
            raise NotFound("page")
        return _boxes(documents.text_of(session, document_id).blocks, number, start, end)

    boxes = await services.database.read(query)
    try:
        drawn = await services.pictures.page(document_id, number, boxes)
    except Unusable as exc:
        raise Problem(422, "not-drawn", "This page cannot be shown as a picture.") from exc
    except ExtractionFailed as exc:
        raise Problem(503, "try-again", "This page cannot be drawn just now. Try again.") from exc
    return Response(
        drawn,
        media_type="image/png",
        headers={"content-security-policy": "sandbox; default-src 'none'"},
    )


def _boxes(blocks: list[Any], number: int, start: int, end: int) -> list[Any]:
    """Return where on a page the blocks of a passage stand."""
    found = [
        place["box"]
        for _, first, last, _, place in blocks
        if first < end and last > start and place["kind"] == "page" and place["number"] == number
    ]
    return [box for box in found if box is not None][:_MAX_BOXES]

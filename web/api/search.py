"""Search over a session's documents, among what the asker may read."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from ingest.errors import EmbeddingFailed
from web.api import shapes
from web.api.documents import viewer_of
from web.auth import AMember
from web.services import services_of

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/api/sessions/{session_id}/search", tags=["documents"])


@router.get("")
async def search(
    request: Request,
    member: AMember,
    q: Annotated[str, Query(min_length=1, max_length=1000)],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> dict[str, Any]:
    """The passages that fit best. `by` says how they were looked for: `words`, or `words and meaning`."""
    services = services_of(request)
    try:
        meaning = await services.ingest.meaning(member.session.id, q)
    except EmbeddingFailed as exc:
        logger.warning(
            "search by words only", extra={"action": "embedding_failed", "why": str(exc)}
        )
        meaning = None
    hits = await services.search.search(
        member.session.id, q, viewer=viewer_of(member), meaning=meaning, limit=limit
    )
    return {
        "by": "words" if meaning is None else "words and meaning",
        "model": meaning.model if meaning is not None else None,
        "hits": [shapes.hit_json(hit) for hit in hits],
    }

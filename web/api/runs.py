"""Setting the bot to work, and how it is getting on."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from store import runs
from store.runs import Trigger
from web.api import shapes
from web.auth import AMember, TheFacilitator
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}", tags=["runs"])


@router.post("/refine", status_code=202)
async def refine(request: Request, member: TheFacilitator) -> dict[str, Any]:
    """Set the bot to work on everybody's inputs and critiques."""
    run = await services_of(request).bot.start(
        member.session.id, Trigger.FACILITATOR, actor=member.participant.id
    )
    return shapes.run_json(run)


@router.get("/runs/{run}")
async def show(request: Request, run: str, member: AMember) -> dict[str, Any]:
    """One run."""
    found = await services_of(request).database.read(runs.get, run, session_id=member.session.id)
    return shapes.run_json(found)


@router.get("/events")
async def events(request: Request, member: AMember) -> StreamingResponse:
    """What changes, as server-sent events."""
    stream = services_of(request).events.listen(member.session.id, member.participant.id)
    return StreamingResponse(
        stream,
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )

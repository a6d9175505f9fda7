"""Setting the bot to work, and how it is getting on."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from store import runs
from store.runs import Trigger
from web.api import shapes
from web.auth import AMember, Member, TheFacilitator
from web.events import Listener
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
    services = services_of(request)
    kicks_before = request.state.kicks
    stream = services.events.listen(
        Listener(
            session=member.session.id,
            participant=member.participant.id,
            credential=member.login.id if member.login is not None else None,
            until=_end_of(member),
        ),
        still_allowed=lambda: services.kicks == kicks_before,
    )
    return StreamingResponse(
        stream,
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


def _end_of(member: Member) -> float:
    """When a member's login ends, on the event loop's clock; a script's token has no end."""
    if member.login is None:
        return math.inf
    left = member.login.expires_at - datetime.now(UTC)
    return asyncio.get_running_loop().time() + left.total_seconds()

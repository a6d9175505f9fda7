"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse

from web.services import services_of

router = APIRouter(prefix="/health", tags=["health"])

_PATIENCE_SECONDS = 2.0


@router.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/ready")
async def ready(request: Request) -> JSONResponse:
    """The server takes people in: it is not stopping, and the database takes writes."""
    services = services_of(request)
    if services.draining:
        return JSONResponse({"status": "stopping"}, 503)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await services.database.write(_touch)
    except Exception as exc:
        return JSONResponse({"status": "not ready", "database": type(exc).__name__}, 503)
    return JSONResponse({"status": "ready"})


def _touch(session: Session) -> None:
    """A write that changes nothing: it needs the lock and the disk, and leaves no trace."""
    session.execute(text("UPDATE alembic_version SET version_num = version_num"))

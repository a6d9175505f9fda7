"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from errno import errorcode

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from web.services import services_of

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/ready")
async def ready(request: Request) -> JSONResponse:
    """The server takes people in: it is not stopping, can open sockets, and the database takes writes."""
    services = services_of(request)
    if services.draining:
        return JSONResponse({"status": "stopping"}, 503)
    try:
        await services.readiness.check()
    except OSError as exc:
        return JSONResponse({"status": "not ready", "system": errorcode.get(exc.errno or 0)}, 503)
    except Exception as exc:
        return JSONResponse({"status": "not ready", "database": type(exc).__name__}, 503)
    return JSONResponse({"status": "ready"})

"""Files by an address this server has signed (`store.links`): the address is all the right one needs."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from starlette.responses import Response

from ingest.direct import wrong_size
from web.filebodies import file_response
from web.services import services_of

router = APIRouter(prefix="/api/files", tags=["documents"])

#: What this module counts the bytes of itself.
PATHS = re.compile(r"/api/files/.+")


@router.head("/{key:path}")
@router.get("/{key:path}")
async def get_file(request: Request, key: str, grant: str = "") -> Response:
    """The file, or the bytes of it that `Range` asks for; browsers keep it and never open it here."""
    services = services_of(request)
    found = services.links.check(grant, key, "GET")
    return await file_response(request, services.blobs, found.key, name=found.name or "document")


@router.put("/{key:path}", status_code=201)
async def put_file(request: Request, key: str, grant: str = "") -> None:
    """Put a file there: as long as was said, and with the fingerprint that was told, if one was."""
    services = services_of(request)
    found = services.links.check(grant, key, "PUT")
    announced = request.headers.get("content-length")
    if announced is not None and announced != str(found.size):  # before a byte is read
        raise wrong_size(int(announced), found.size)
    await services.direct.receive(found, request.stream())

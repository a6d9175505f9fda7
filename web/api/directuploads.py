"""Uploads that go straight to the store of files: an address to put a file to, and a word when it is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from ingest import metadata
from ingest.uploads import Upload
from store import documents
from store.blobs import LINK_SECONDS
from store.documents import Visibility
from store.ids import new_id
from store.inputs import Quote
from web.api import shapes
from web.api.uploads import own
from web.auth import AContributor
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}/direct-uploads", tags=["uploads"])


class NewDirectUpload(BaseModel):
    """A file that will come. `sha256`: hexadecimal; with it nothing else is taken."""

    name: Annotated[str, Field(max_length=1000)]
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    quote: Quote = Quote.ANONYMOUS
    visibility: Visibility = Visibility.PRIVATE


@router.post("", status_code=201)
async def begin(request: Request, body: NewDirectUpload, member: AContributor) -> dict[str, Any]:
    """Begin one. The answer's `url` takes the file by PUT for 15 minutes; then say that it is complete."""
    services = services_of(request)
    wishes = {"filename": body.name, "quote": body.quote.value, "visibility": body.visibility.value}
    if body.sha256 is not None:
        wishes["sha256"] = body.sha256
    upload = Upload(
        id=new_id(),
        session_id=member.session.id,
        participant_id=member.participant.id,
        length=body.size,
        metadata=metadata.written(wishes),
    )
    expires = datetime.now(UTC) + timedelta(seconds=LINK_SECONDS)
    used = await services.database.read(documents.bytes_of_session, upload.session_id)
    url = await services.direct.begin(upload, used=used)
    return {"id": upload.id, "url": url, "method": "PUT", "expires_at": expires.isoformat()}


@router.post("/{upload_id}/complete", status_code=201)
async def complete(request: Request, upload_id: str, member: AContributor) -> dict[str, Any]:
    """Make a document of what has arrived, once it has: measured, and compared with its fingerprint."""
    services = services_of(request)
    upload = own(services, upload_id, member)
    document = await services.direct.complete(upload)
    return shapes.document_json(document, member.participant.id)

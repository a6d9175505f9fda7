"""
Uploads that survive bad lines: tus 1.0 with creation (with upload, deferred length), expiration, checksum,
termination and concatenation.

Who asks, whether it fits and what it claims is checked before the first byte of a body is read.

Source: tus.io/protocols/resumable-upload, 1.0.0.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from dataclasses import replace
from email.utils import formatdate

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from ingest import metadata
from ingest.errors import UploadRefused
from ingest.uploads import ALGORITHMS, Checksum, Upload
from store import documents
from store.ids import new_id
from web.auth import AContributor, Member
from web.bodies import body_of
from web.services import Services, services_of

router = APIRouter(prefix="/api/sessions/{session_id}/uploads", tags=["uploads"])

#: What this module counts the bytes of itself.
PATHS = re.compile(r"/api/sessions/[^/]+/uploads(/[^/]+)?")

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination,concatenation"

_BODY = "application/offset+octet-stream"
_MAX_PARTS = 64


@router.options("", status_code=204)
@router.options("/{upload_id}", status_code=204)
async def what_is_understood(request: Request) -> Response:
    """What this server understands of tus."""
    return _answer(
        204,
        tus_version=VERSION,
        tus_extension=EXTENSIONS,
        tus_max_size=services_of(request).spool.limits.max_bytes,
        tus_checksum_algorithm=",".join(ALGORITHMS),
    )


@router.post("", status_code=201)
async def create(request: Request, member: AContributor) -> Response:
    """Begin an upload; its first bytes may come along. `Location` says where it goes on."""
    _check_version(request)
    services = services_of(request)
    wanted = request.headers.get("upload-concat")
    upload = Upload(
        id=new_id(),
        session_id=member.session.id,
        participant_id=member.participant.id,
        length=None,
        metadata=request.headers.get("upload-metadata", ""),
        parts=wanted,
    )
    metadata.wishes(upload.metadata)
    if wanted is not None and wanted.startswith("final;"):
        return await _join(services, upload, wanted.removeprefix("final;").split())
    if wanted not in (None, "partial"):
        raise UploadRefused(400, "bad-parts", "Upload-Concat is neither partial nor final;...")
    upload = replace(upload, length=_length_of(request))
    used = await _used(services, upload)
    await asyncio.to_thread(lambda: services.spool.create(upload, used=used))
    offset = 0
    if request.headers.get("content-type") == _BODY:
        offset = await _write(request, services, upload, 0)
    expires = _expires(services, upload, offset)
    await _take_if_whole(services, upload)
    return _answer(201, location=_path(upload), upload_offset=offset, upload_expires=expires)


@router.head("/{upload_id}")
async def look(request: Request, upload_id: str, member: AContributor) -> Response:
    """How far an upload has come."""
    _check_version(request)
    services = services_of(request)
    upload = own(services, upload_id, member)
    offset = services.spool.offset(upload)
    return _answer(
        200,
        cache_control="no-store",
        upload_offset=offset,
        upload_length=upload.length,
        upload_defer_length=1 if upload.length is None else None,
        upload_metadata=upload.metadata or None,
        upload_concat=upload.parts,
        upload_expires=_expires(services, upload, offset),
    )


@router.post("/{upload_id}", status_code=204, include_in_schema=False)
async def override(request: Request, upload_id: str, member: AContributor) -> Response:
    """Where something on the way lets only GET and POST through."""
    match request.headers.get("x-http-method-override", "").upper():
        case "PATCH":
            return await append(request, upload_id, member)
        case "DELETE":
            return await give_up(request, upload_id, member)
        case "HEAD":
            return await look(request, upload_id, member)
    raise UploadRefused(405, "method-not-allowed", "X-HTTP-Method-Override is missing.")


@router.patch("/{upload_id}", status_code=204)
async def append(request: Request, upload_id: str, member: AContributor) -> Response:
    """Go on with an upload from `Upload-Offset`. Whatever has come is kept."""
    _check_version(request)
    if request.headers.get("content-type") != _BODY:
        raise UploadRefused(415, "bad-content-type", f"Send bytes as {_BODY}.")
    services = services_of(request)
    upload = own(services, upload_id, member)
    if upload.parts is not None and not upload.is_part:
        raise UploadRefused(403, "is-final", "This file is made of parts; send those.")
    at = _number(request, "upload-offset")
    if at is None:
        raise UploadRefused(400, "bad-offset", "Upload-Offset is missing.")
    length = _number(request, "upload-length")
    if length is not None:
        used = await _used(services, upload)
        upload = await asyncio.to_thread(
            lambda: services.spool.set_length(upload, length, used=used)
        )
    if upload.handed_over:
        raise UploadRefused(409, "bad-offset", "This upload is complete.")
    offset = await _write(request, services, upload, at)
    expires = _expires(services, upload, offset)
    await _take_if_whole(services, upload)
    return _answer(204, upload_offset=offset, upload_expires=expires)


@router.delete("/{upload_id}", status_code=204)
async def give_up(request: Request, upload_id: str, member: AContributor) -> Response:
    """Give an upload up. A document it has become is deleted as a document."""
    _check_version(request)
    services = services_of(request)
    upload = own(services, upload_id, member)
    if upload.handed_over:
        raise UploadRefused(403, "is-document", "This upload has become a document; delete that.")
    await services.spool.give_up(upload.id)
    return _answer(204)


async def _write(request: Request, services: Services, upload: Upload, at: int) -> int:
    """Write a request's body; a client that goes away leaves what it has sent."""
    announced = _number(request, "content-length")
    checksum = _checksum_of(request)
    if upload.length is not None and announced is not None and at + announced > upload.length:
        raise UploadRefused(413, "too-large", "The body is longer than what is left to send.")
    used = await _used(services, upload)
    try:
        with body_of(request) as body:
            return await services.spool.append(upload, at, body, used=used, checksum=checksum)
    except ClientDisconnect:
        return services.spool.offset(upload)


async def _join(services: Services, upload: Upload, paths: list[str]) -> Response:
    if not 0 < len(paths) <= _MAX_PARTS:
        raise UploadRefused(400, "bad-parts", f"A file is made of 1 to {_MAX_PARTS} parts.")
    idents = [path.rstrip("/").rpartition("/")[2] for path in paths]
    if len(set(idents)) != len(idents):
        raise UploadRefused(400, "bad-parts", "A part is named twice.")
    parts = [services.spool.get(ident) for ident in idents]
    made = await asyncio.to_thread(services.spool.join, upload, parts)
    await services.ingest.take(made)
    return _answer(201, location=_path(made))


async def _take_if_whole(services: Services, upload: Upload) -> None:
    if not upload.is_part and services.spool.is_whole(upload):
        await services.ingest.take(upload)


async def _used(services: Services, upload: Upload) -> int:
    return await services.database.read(documents.bytes_of_session, upload.session_id)


def own(services: Services, ident: str, member: Member) -> Upload:
    """
    Return a member's upload.

    Raises:
        UploadRefused: If there is none, or it is somebody else's: they are not told which.
    """
    upload = services.spool.get(ident)
    if (upload.session_id, upload.participant_id) != (member.session.id, member.participant.id):
        raise UploadRefused(404, "not-found", "There is no such upload, or not for you.")
    return upload


def _check_version(request: Request) -> None:
    if request.headers.get("tus-resumable") != VERSION:
        raise UploadRefused(412, "bad-version", f"Send Tus-Resumable: {VERSION}.")


def _length_of(request: Request) -> int | None:
    length = _number(request, "upload-length")
    deferred = request.headers.get("upload-defer-length")
    if deferred not in (None, "1") or (length is None) == (deferred is None):
        raise UploadRefused(400, "bad-length", "Send Upload-Length, or Upload-Defer-Length: 1.")
    return length


def _number(request: Request, name: str) -> int | None:
    value = request.headers.get(name)
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise UploadRefused(400, "bad-number", f"{name.title()} is no number.")
    return int(value)


def _checksum_of(request: Request) -> Checksum | None:
    value = request.headers.get("upload-checksum")
    if value is None:
        return None
    algorithm, _, digest = value.partition(" ")
    if algorithm not in ALGORITHMS:
        raise UploadRefused(400, "bad-checksum", f"Upload-Checksum is one of {ALGORITHMS}.")
    try:
        return Checksum(algorithm, base64.b64decode(digest, validate=True))
    except binascii.Error:
        raise UploadRefused(400, "bad-checksum", "Upload-Checksum is no base64.") from None


def _path(upload: Upload) -> str:
    return f"/api/sessions/{upload.session_id}/uploads/{upload.id}"


def _expires(services: Services, upload: Upload, offset: int) -> str | None:
    """Return when an upload that is not whole will be swept away."""
    if upload.length == offset:
        return None
    return formatdate(services.spool.expires_at(upload), usegmt=True)


def _answer(status: int, **headers: str | int | None) -> Response:
    found = {
        name.replace("_", "-"): str(value) for name, value in headers.items() if value is not None
    }
    return Response(status_code=status, headers={"tus-resumable": VERSION, **found})

"""
Handing out a file's bytes: whole or a range of them, as a download that no browser opens here.

Source: RFC 9110, 13.1.5 (If-Range) and 14 (ranges); of several ranges the whole is the answer, as 14.2 allows.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from store.blobs import Blobs

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def file_response(
    request: Request, blobs: Blobs, key: str, *, name: str, sha256: str | None = None
) -> Response:
    """
    Return a file.

    Args:
        sha256: Its fingerprint, where it is known: a range is of this file and no other.

    Raises:
        NotFound: If there is none of this key.
    """
    size = await blobs.size(key)
    headers = {
        "accept-ranges": "bytes",
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
    }
    if sha256 is not None:
        headers["etag"] = f'"{sha256}"'
    start, end, status = 0, size, 200
    if request.headers.get("if-range", headers.get("etag")) == headers.get("etag"):
        wanted = _range(request.headers.get("range", ""), size)
        if wanted is not None:
            (start, end), status = wanted, 206
            if start >= end:
                return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
            headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    headers["content-length"] = str(end - start)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type="application/octet-stream")
    return StreamingResponse(
        blobs.read(key, start, end), status, headers, media_type="application/octet-stream"
    )


def _range(header: str, size: int) -> tuple[int, int] | None:
    """Return the bytes that are asked for, from and up to; None for all, an empty range for what is not there."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        return max(size - int(found[2]), 0), size
    start, end = int(found[1]), int(found[2]) + 1 if found[2] else size
    if end <= start:  # no range at all
        return None if found[2] else (start, start)
    return min(start, size), min(end, size)

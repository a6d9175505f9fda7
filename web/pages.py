"""
The page: one HTML file for every address, and its built assets from `web/static`.

Everything is read and compressed once at the start; names with a hash in them are kept by browsers for ever.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

STATIC = Path(__file__).parent / "static"

#: Not `mimetypes`: it believes what this machine's own tables say, and browsers run no script of another type.
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".ico": "image/x-icon",
}

#: ``gzip;q=0`` is a no.
_TAKES_GZIP = re.compile(r"\b(?:x-)?gzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")

_COMPRESSIBLE = (".html", ".js", ".css", ".svg", ".txt", ".json", ".webmanifest")
_NOT_BUILT = "The page is not built: run scripts/build-client."


@dataclass(frozen=True, slots=True)
class Asset:
    """A file in memory. `compressed`: gzip, where that is smaller."""

    body: bytes
    compressed: bytes | None
    media_type: str
    immutable: bool

    def response(self, request: Request) -> Response:
        """Return it, compressed if the browser can read that."""
        headers = {
            "cache-control": "public, max-age=31536000, immutable"
            if self.immutable
            else "no-cache",
            "vary": "accept-encoding",
        }
        body = self.body
        accepted = request.headers.get("accept-encoding", "")
        if self.compressed is not None and _TAKES_GZIP.search(accepted):
            headers["content-encoding"] = "gzip"
            body = self.compressed
        return Response(body, media_type=self.media_type, headers=headers)


def read_assets(folder: Path = STATIC) -> dict[str, Asset]:
    """Read every file of the built client, by its path below the folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            found[name] = _asset(path, immutable=name.startswith("assets/"))
    return found


def _asset(path: Path, *, immutable: bool) -> Asset:
    body = path.read_bytes()
    small = gzip.compress(body, 9, mtime=0) if path.suffix in _COMPRESSIBLE else None
    media_type = _MEDIA_TYPES.get(path.suffix, "application/octet-stream")
    return Asset(body, small if small and len(small) < len(body) else None, media_type, immutable)


def routes(assets: dict[str, Asset]) -> list[BaseRoute]:
    """Return the routes of the page."""

    async def page(request: Request) -> Response:
        asset = assets.get("index.html")
        return asset.response(request) if asset else PlainTextResponse(_NOT_BUILT, 503)

    async def static(request: Request) -> Response:
        asset = assets.get(request.path_params["path"])
        return asset.response(request) if asset else PlainTextResponse("Not found", 404)

    return [
        Route("/", page),
        Route("/sign-in", page),
        Route("/join", page),
        Route("/s/{session}", page),
        Route("/static/{path:path}", static),
    ]

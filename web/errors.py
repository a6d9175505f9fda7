"""
Errors at the edge: one table from exception to HTTP problem, and to close code.

Source: RFC 9457 (problem+json).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai.errors import BadBallot, NotAllowed
from collab.errors import AnchorLost, CollabError, Frozen, Stale
from ingest.errors import UploadRefused
from rooms.errors import NotSaved, RoomClosed, RoomFull
from store.errors import Conflict, DataDamaged, FilesUnavailable, LinkRefused, NotFound

logger = logging.getLogger(__name__)

PROBLEMS = "https://accord.invalid/problems/"


class Problem(HTTPException):
    """
    An answer that is a problem.

    Attributes:
        kind: A stable word a program can switch on.
        detail: What is wrong and what to do, for people.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        errors: Sequence[dict[str, str]] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.kind = kind
        self.errors = errors

    def response(self) -> Response:
        """Return it as problem+json."""
        body: dict[str, Any] = {
            "type": PROBLEMS + self.kind,
            "title": self.kind.replace("-", " ").capitalize(),
            "status": self.status_code,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = list(self.errors)
        return JSONResponse(
            body,
            self.status_code,
            media_type="application/problem+json",
            headers={"cache-control": "no-store", **(self.headers or {})},
        )


def not_signed_in() -> Problem:
    """Nobody is asking."""
    return Problem(
        401,
        "not-signed-in",
        "Open your invitation or facilitator link first, or send a bearer token.",
        headers={"www-authenticate": "Bearer"},
    )


def problem_of(error: Exception) -> Problem:
    """Return the problem an error of ours is to the one who asked."""
    match error:
        case Problem():
            return error
        case NotFound():
            return Problem(404, "not-found", f"There is no such {error.what}, or not for you.")
        case NotAllowed():
            return Problem(409, error.reason, _sentence(error))
        case BadBallot():
            return Problem(422, "bad-ballot", f"This ballot cannot be counted: {error}.")
        case UploadRefused():
            return Problem(
                error.status,
                error.reason,
                _sentence(error),
                headers={"tus-resumable": "1.0.0", "connection": "close"},
            )
        case Conflict():
            return Problem(409, error.reason, _sentence(error))
        case Stale() | AnchorLost():
            return Problem(409, "stale-suggestion", _sentence(error))
        case NotSaved():
            return Problem(503, "not-saved", _sentence(error), headers={"retry-after": "1"})
        case FilesUnavailable():
            return Problem(
                503,
                "files-unavailable",
                "The store of files does not answer; what has arrived is kept. Try again later.",
                headers={"retry-after": "30"},
            )
        case LinkRefused():
            return Problem(
                403, "bad-link", "This address is not good, or not any more; ask for a new one."
            )
        case RoomClosed() | RoomFull():
            return Problem(503, "try-again", _sentence(error), headers={"retry-after": "1"})
        case DataDamaged():
            return Problem(500, "document-damaged", _sentence(error))
        case Frozen():
            return Problem(409, "frozen", _sentence(error))
        case CollabError():
            return Problem(400, "bad-edit", _sentence(error))
        case RequestValidationError():
            return _invalid(error)
        case HTTPException(status_code=400):  # FastAPI's, for a body that no parser can take
            return _not_json()
        case HTTPException():
            word = _WORDS.get(error.status_code, "error")
            headers = dict(error.headers or {})
            return Problem(error.status_code, word, f"{error.detail}.", headers=headers)
    return Problem(500, "internal-error", "The server failed; its log says more.")


def install(app: FastAPI) -> None:
    """Answer every error as a problem."""

    async def answer(request: Request, error: Exception) -> Response:
        return _answer(error, request.url.path)

    for kind in (
        NotAllowed,
        BadBallot,
        NotFound,
        Conflict,
        UploadRefused,
        FilesUnavailable,
        LinkRefused,
        CollabError,
        NotSaved,
        RoomClosed,
        RoomFull,
        DataDamaged,
        RequestValidationError,
        HTTPException,
    ):
        app.add_exception_handler(kind, answer)
    app.add_middleware(Unforeseen)


class Unforeseen:
    """
    Answer what no handler knows as a problem too.

    Starlette would answer and raise it again, so that uvicorn logs it a second time and drops the connection under
    the client's next request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except Exception as exc:
            if begun:
                raise
            await _answer(exc, scope["path"])(scope, receive, send)


def _answer(error: Exception, path: str) -> Response:
    problem = problem_of(error)
    if problem.status_code >= 500:
        logger.error(
            "request failed", exc_info=error, extra={"action": "request_failed", "path": path}
        )
    return problem.response()


def _invalid(error: RequestValidationError) -> Problem:
    found = []
    for one in error.errors():
        if one["type"] in ("json_invalid", "json_type"):
            return _not_json()
        if one["loc"] == ("body",) and isinstance(one["input"], bytes):
            return Problem(415, "not-json", "Send JSON, with `content-type: application/json`.")
        field = ".".join(str(part) for part in one["loc"] if part != "body") or "body"
        found.append({"field": field, "message": one["msg"]})
    names = ", ".join(sorted({one["field"] for one in found}))
    return Problem(422, "invalid", f"Some of what was sent cannot be used: {names}.", errors=found)


def _not_json() -> Problem:
    return Problem(400, "not-json", "The body is not JSON.")


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


_WORDS = {404: "not-found", 405: "method-not-allowed"}

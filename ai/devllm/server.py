"""
The Messages API of the stand-in: ``POST /v1/messages``, streamed or not.

Source: the events and errors the Anthropic SDK 2.12 was seen to read; anything it needs and does not get here is a
bug of ours.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Send

from ai.devllm.answers import answer
from ai.devllm.faults import HEADER, Fault, fault_of_model

#: What `slow` waits for each token, in seconds.
SLOW_SECONDS = 0.1

#: How long silence lasts.
_HANG_SECONDS = 3600.0

_CHARACTERS_PER_TOKEN = 4
_MAX_BODY_BYTES = 32 * 1024 * 1024

_ONCE = frozenset({Fault.RATE_LIMITED_ONCE, Fault.OVERLOADED_ONCE})

#: Faults that strike when this share of the answer is out.
_MIDDLE = 0.6

#: The models there are.
_NAMES = ("dev-llm", *(f"dev-{fault.value}" for fault in Fault))

Json = dict[str, Any]
Pace = Callable[[], Awaitable[None]]
Author = Callable[[str, Fault | None], str]


class Refusal(Exception):
    """The request is not answered. Carries what the API says instead."""

    def __init__(self, status: int, kind: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Model:
    """
    The stand-in: `app` is its ASGI application.

    Args:
        fault: What it does wrong when the request does not choose.
        delay: Seconds it waits before each token.
        pace: Awaited before each token as well: lets a test hold an answer in its middle.
        author: Writes the answer to what was said.
        tells: Whether it says what its models can do, as not every server of this API does.

    Attributes:
        heard: The bodies of all requests to `/v1/messages`, in order.
        answering: How many answers are on their way.
        looked_up: How often somebody asked what one of its models can do.
    """

    def __init__(
        self,
        *,
        fault: Fault | None = None,
        delay: float = 0.0,
        pace: Pace | None = None,
        author: Author = answer,
        tells: bool = True,
    ) -> None:
        self.fault = fault
        self.delay = delay
        self.pace = pace
        self.author = author
        self.tells = tells
        self.heard: list[Json] = []
        self.answering = 0
        self.looked_up = 0
        self._asked: Counter[Fault] = Counter()
        self.app = Starlette(
            routes=[
                Route("/v1/messages", self._messages, methods=["POST"]),
                Route("/v1/messages/count_tokens", self._count_tokens, methods=["POST"]),
                Route("/v1/models", self._models),
                Route("/v1/models/{name}", self._one_model),
            ]
        )

    async def _messages(self, request: Request) -> Response:
        try:
            body = await _body(request)
            self.heard.append(body)
            fault = self._fault(request, body)
            self._refuse(request, fault)
            return self._answer(body, fault)
        except Refusal as exc:
            return _error(exc)

    async def _count_tokens(self, request: Request) -> Response:
        try:
            body = await _body(request)
        except Refusal as exc:
            return _error(exc)
        return JSONResponse({"input_tokens": _tokens(_prompt(body))})

    async def _one_model(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.looked_up += 1
        if name not in _NAMES or not self.tells:
            return _error(Refusal(404, "not_found_error", f"model: {name}"))
        return JSONResponse(_model(name))

    async def _models(self, _: Request) -> Response:
        models = [_model(name) for name in _NAMES]
        page = {"data": models, "has_more": False, "first_id": "dev-llm"}
        return JSONResponse({**page, "last_id": models[-1]["id"]})

    def _fault(self, request: Request, body: Json) -> Fault | None:
        """Return what goes wrong: as the header says, or the model's name, or how the server was started."""
        try:
            if HEADER in request.headers:
                return Fault(request.headers[HEADER])
            if body["model"] == "dev-llm":
                return self.fault
            return fault_of_model(body["model"]) or self.fault
        except ValueError as exc:
            raise Refusal(404, "not_found_error", f"model: {body['model']}") from exc

    def _refuse(self, request: Request, fault: Fault | None) -> None:
        """
        Answer with an error if there is reason to.

        Raises:
            Refusal: There is.
        """
        key = request.headers.get("authorization") or request.headers.get("x-api-key")
        if fault is Fault.UNAUTHORIZED or not key:
            raise Refusal(401, "authentication_error", "invalid x-api-key")
        if fault in _ONCE:
            self._asked[fault] += 1
            if self._asked[fault] % 2 == 0:
                return
        limited = (429, "rate_limit_error", "This request would exceed your rate limit.")
        if fault in (Fault.RATE_LIMITED, Fault.RATE_LIMITED_ONCE):
            raise Refusal(*limited, retry_after="1")
        if fault is Fault.RATE_LIMITED_HOUR:
            raise Refusal(*limited, retry_after="3600")
        if fault in (Fault.OVERLOADED, Fault.OVERLOADED_ONCE):
            raise Refusal(529, "overloaded_error", "Overloaded")
        if fault is Fault.BROKEN:
            raise Refusal(500, "api_error", "Internal server error")
        if fault is Fault.TOO_LONG:
            message = "prompt is too long: 214318 tokens > 200000 maximum"
            raise Refusal(400, "invalid_request_error", message)

    def _answer(self, body: Json, fault: Fault | None) -> Response:
        if fault is Fault.HTML:
            return HTMLResponse("<html><title>Sign in to this network</title></html>")
        tokens = _in_tokens(self.author(_said(body["messages"][-1]), fault))
        if not body.get("stream"):
            return JSONResponse(_whole(body, tokens, fault))
        return _Stream(self._counted(_events(body, tokens, fault), fault), cut=fault is Fault.CUT)

    async def _counted(self, events: Iterator[str], fault: Fault | None) -> AsyncIterator[str]:
        self.answering += 1
        try:
            for event in events:
                if event.startswith("event: content_block_delta"):
                    await self._wait(fault)
                yield event
                await asyncio.sleep(0)  # or a fast answer would be noticed as one
            if fault is Fault.HANG:
                await asyncio.sleep(_HANG_SECONDS)
        finally:
            self.answering -= 1

    async def _wait(self, fault: Fault | None) -> None:
        seconds = SLOW_SECONDS if fault is Fault.SLOW else self.delay
        if seconds:
            await asyncio.sleep(seconds)
        if self.pace is not None:
            await self.pace()


def _model(name: str) -> Json:
    able = {"structured_outputs": {"supported": True}, "citations": {"supported": False}}
    return {
        "type": "model",
        "id": name,
        "display_name": name,
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
        "capabilities": able,
    }


class _Stream(StreamingResponse):
    """Server-sent events. `cut`: the connection closes where the end of the body should come."""

    def __init__(self, events: AsyncIterator[str], *, cut: bool) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"request-id": "req_dev"})
        self._cut = cut

    async def stream_response(self, send: Send) -> None:
        if not self._cut:
            await super().stream_response(send)
            return
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        async for chunk in self.body_iterator:
            data = chunk.encode() if isinstance(chunk, str) else bytes(chunk)
            await send({"type": "http.response.body", "body": data, "more_body": True})


async def _body(request: Request) -> Json:
    """
    Read a request.

    Raises:
        Refusal: If it is none that the API would take.
    """
    data = await request.body()
    if len(data) > _MAX_BODY_BYTES:
        raise Refusal(413, "request_too_large", "Request exceeds the maximum size")
    if "anthropic-version" not in request.headers:
        raise Refusal(400, "invalid_request_error", "anthropic-version: header is required")
    try:
        body = json.loads(data)
        if not isinstance(body["model"], str):
            raise TypeError("model: must be a string")
        for message in body["messages"]:
            _said(message)
        if not body["messages"]:
            raise ValueError("messages: at least one message is required")
        if request.url.path.endswith("/messages") and int(body["max_tokens"]) < 1:
            raise ValueError("max_tokens: must be at least 1")
    except (ValueError, TypeError, LookupError) as exc:
        raise Refusal(400, "invalid_request_error", str(exc)) from exc
    found: Json = body
    return found


def _error(refusal: Refusal) -> Response:
    error = {"type": refusal.kind, "message": str(refusal)}
    return JSONResponse(
        {"type": "error", "error": error, "request_id": "req_dev"},
        status_code=refusal.status,
        headers={"request-id": "req_dev", **refusal.headers},
    )


def _said(message: Any) -> str:
    """Return the text of a message."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "".join(block["text"] for block in content if block["type"] == "text")


def _prompt(body: Json) -> str:
    system = body.get("system") or ""
    rules = system if isinstance(system, str) else _said({"content": system})
    return rules + "".join(_said(message) for message in body["messages"])


def _in_tokens(text: str) -> list[str]:
    return re.findall(f".{{1,{_CHARACTERS_PER_TOKEN}}}", text, re.DOTALL)


def _tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_PER_TOKEN)


def _ending(body: Json, tokens: list[str], fault: Fault | None) -> tuple[list[str], Json]:
    """Return what of the answer comes out, and why it stops there."""
    part = tokens[: max(1, int(len(tokens) * _MIDDLE))]
    if fault is Fault.REFUSAL:
        details = {"type": "refusal", "category": "general_harms", "explanation": None}
        return part, {"stop_reason": "refusal", "stop_sequence": None, "stop_details": details}
    limit = int(body["max_tokens"])
    if fault is Fault.MAX_TOKENS or len(tokens) > limit:
        shorter = part if fault is Fault.MAX_TOKENS else tokens[:limit]
        return shorter, {"stop_reason": "max_tokens", "stop_sequence": None}
    return tokens, {"stop_reason": "end_turn", "stop_sequence": None}


def _message(body: Json) -> Json:
    return {
        "id": "msg_dev",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": _tokens(_prompt(body)), "output_tokens": 1},
    }


def _whole(body: Json, tokens: list[str], fault: Fault | None) -> Json:
    out, end = _ending(body, tokens, fault)
    message = _message(body)
    message["usage"]["output_tokens"] = len(out)
    return {**message, **end, "content": [{"type": "text", "text": "".join(out)}]}


def _events(body: Json, tokens: list[str], fault: Fault | None) -> Iterator[str]:
    """Yield the events of an answer, as far as it gets."""
    if fault is Fault.EMPTY:
        return
    out, end = _ending(body, tokens, fault)
    yield _event("message_start", message=_message(body))
    block = {"type": "text", "text": ""}
    yield _event("content_block_start", index=0, content_block=block)
    yield _event("ping")
    middle = max(1, int(len(out) * _MIDDLE))
    for number, token in enumerate(out):
        if number == middle:
            match fault:
                case Fault.CUT | Fault.NO_STOP | Fault.HANG:
                    return
                case Fault.ERROR_EVENT:
                    yield _event(
                        "error", error={"type": "overloaded_error", "message": "Overloaded"}
                    )
                    return
                case Fault.BAD_JSON:
                    yield 'event: content_block_delta\ndata: {"type": "content_block_del\n\n'
                case Fault.BAD_ORDER:
                    yield _event("content_block_delta", index=7, delta=_delta("lost"))
        yield _event("content_block_delta", index=0, delta=_delta(token))
    yield _event("content_block_stop", index=0)
    yield _event("message_delta", delta=end, usage={"output_tokens": len(out)})
    yield _event("message_stop")


def _delta(text: str) -> Json:
    return {"type": "text_delta", "text": text}


def _event(name: str, /, **fields: Any) -> str:
    data = json.dumps({"type": name, **fields}, ensure_ascii=False)
    return f"event: {name}\ndata: {data}\n\n"

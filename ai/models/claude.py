"""
Claude through the Anthropic SDK.

The SDK is not enough of a guard by itself: a connection that ends cleanly before the end of an answer is a normal
message with `stop_reason=None`; a cut body raises an error of its HTTP library, not its own; an error event
comes with status 200; a `retry-after` of an hour is slept through; an answer without events fails an assertion. So
every call has a deadline of ours, we try again ourselves, and an answer counts only if its stop reason says that it is
whole.

What a model can do is asked from the provider, once (`Features`); one that does not say is asked for nothing special.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from ai.errors import (
    BadOutput,
    Busy,
    Interrupted,
    ModelError,
    Overloaded,
    RateLimited,
    Refused,
    TooLong,
    Truncated,
    Unavailable,
    Unreachable,
)
from ai.models.base import Prompt, Usage

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

logger = logging.getLogger(__name__)

_WHOLE = frozenset({"end_turn", "stop_sequence"})

#: After this many tries a busy provider is left alone.
_TRIES = 3

#: What the second try waits for where the provider does not say; the third waits twice as long.
_PAUSE_SECONDS = 0.5

#: Silence this long, in the middle of an answer, is an end.
_SILENCE_SECONDS = 60.0

#: What a model can do is waited for no longer than this.
_FEATURES_SECONDS = 10.0

_KEEP = {"type": "ephemeral"}


@dataclass(frozen=True, slots=True)
class Features:
    """
    What the provider says a model can do. Without an answer: nothing.

    Attributes:
        schema: Whether it can be held to a JSON schema.
        max_tokens: The longest answer.
    """

    schema: bool = False
    max_tokens: int | None = None


class Claude:
    """
    One Claude model.

    Args:
        model: Its name, as the API has it.
        base_url: Another server that speaks the Messages API.
        timeout_seconds: A whole answer, retries included.
    """

    def __init__(
        self, model: str, *, api_key: str, base_url: str | None = None, timeout_seconds: float
    ) -> None:
        self._model = model
        self._api_key = api_key
        self._base_url = base_url
        self._timeout = timeout_seconds
        self._made: AsyncAnthropic | None = None
        self._making = asyncio.Lock()
        self._features: Features | None = None
        self._asking_features = asyncio.Lock()

    @property
    def name(self) -> str:
        return self._model

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Usage]:
        """
        Yield the answer piece by piece, its `Usage` last.

        Raises:
            ModelError: See `ai.errors`.
        """
        pieces: asyncio.Queue[str | Usage | None] = asyncio.Queue()
        reading = asyncio.create_task(self._read(prompt, pieces))
        try:
            while (piece := await pieces.get()) is not None:
                yield piece
            await reading
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def close(self) -> None:
        """Close its connections."""
        if self._made is not None:
            await self._made.close()
            self._made = None

    async def _read(self, prompt: Prompt, pieces: asyncio.Queue[str | Usage | None]) -> None:
        """In a task of its own, so that the deadline strikes here and never in whoever takes the pieces."""
        begun = False
        try:
            async with asyncio.timeout(self._timeout) as deadline:
                for tries in count(1):
                    try:
                        async with aclosing(self._stream(prompt)) as answer:
                            async for piece in answer:
                                begun = True
                                pieces.put_nowait(piece)
                        return
                    except Busy as exc:
                        pause = _pause(exc, tries)
                        left = (deadline.when() or 0.0) - asyncio.get_running_loop().time()
                        if begun or tries == _TRIES or pause > left:
                            raise
                    await asyncio.sleep(pause)
        except TimeoutError as exc:
            raise Interrupted(f"(no whole answer in {self._timeout:g} s)") from exc
        finally:
            pieces.put_nowait(None)

    async def _stream(self, prompt: Prompt) -> AsyncGenerator[str | Usage]:
        client = await self._client()
        request = _request(prompt, await self._what_it_can(client))
        message: Any = None
        try:
            async with client.messages.stream(model=self._model, **request) as stream:
                async for event in stream:
                    if event.type == "message_start" or message is not None:
                        message = stream.current_message_snapshot
                    if event.type == "text":
                        yield event.text
                message = await stream.get_final_message()
        except (GeneratorExit, asyncio.CancelledError):
            raise
        except Exception as exc:
            failure = _translate(exc)
            if failure is None:
                raise
            failure.usage = _usage(message)
            logger.warning(
                "model call failed",
                extra={"action": "model_failed", "model": self._model, **_facts(exc)},
            )
            raise failure from exc
        _check_whole(message)
        if (usage := _usage(message)) is not None:
            yield usage

    async def _what_it_can(self, client: AsyncAnthropic) -> Features:
        async with self._asking_features:
            if self._features is None:
                self._features = await self._ask_features(client)
            return self._features

    async def _ask_features(self, client: AsyncAnthropic) -> Features:
        seconds = min(_FEATURES_SECONDS, self._timeout / 2)
        try:
            async with asyncio.timeout(seconds):
                found = await client.models.retrieve(self._model)
            features = _features(found)
        except Exception as exc:  # another provider's server may say anything, or have no such page
            logger.info(
                "the provider does not say what the model can do",
                extra={"action": "model_features", "model": self._model, **_facts(exc)},
            )
            return Features()
        if getattr(found, "lifecycle", None) in ("deprecated", "retired"):
            logger.warning(
                "the model is at its end; choose another one",
                extra={
                    "action": "model_retires",
                    "model": self._model,
                    "at": str(found.retires_at),
                },
            )
        return features

    async def _client(self) -> AsyncAnthropic:
        async with (
            self._making
        ):  # the first calls of a round come together: one client for all of them
            if self._made is None:
                self._made = await asyncio.to_thread(self._make_client)
            return self._made

    def _make_client(self) -> AsyncAnthropic:
        """70 MB and a second: only who needs it pays, and nobody in a room waits for it."""
        from anthropic import AsyncAnthropic, Timeout

        return AsyncAnthropic(
            api_key=self._api_key,
            base_url=self._base_url,
            max_retries=0,
            timeout=Timeout(min(_SILENCE_SECONDS, self._timeout), connect=10.0),
        )


def _request(prompt: Prompt, features: Features) -> dict[str, Any]:
    """Return what is sent. The provider keeps the rules, and the beginning that others share, for the next question."""
    content: Any = prompt.content
    if prompt.shared:
        content = [
            {"type": "text", "text": prompt.shared, "cache_control": _KEEP},
            {"type": "text", "text": prompt.content},
        ]
    request: dict[str, Any] = {
        "max_tokens": min(prompt.max_tokens, features.max_tokens or prompt.max_tokens),
        "system": [{"type": "text", "text": prompt.system, "cache_control": _KEEP}],
        "messages": [{"role": "user", "content": content}],
    }
    if features.schema and prompt.schema is not None:
        schema = {"type": "json_schema", "schema": dict(prompt.schema)}
        request["output_config"] = {"format": schema}
    return request


def _features(found: Any) -> Features:
    able = getattr(found.capabilities, "structured_outputs", None)
    most = found.max_tokens
    return Features(
        schema=getattr(able, "supported", None) is True,
        max_tokens=most if isinstance(most, int) and most > 0 else None,
    )


def _usage(message: Any) -> Usage | None:
    """Return what an answer, whole or not, has cost. What is kept by the provider counts as read."""
    if message is None:
        return None
    told = message.usage
    read = [told.input_tokens, told.cache_creation_input_tokens, told.cache_read_input_tokens]
    return Usage(message.model, sum(one or 0 for one in read), told.output_tokens or 0)


def _pause(error: Busy, tries: int) -> float:
    """Return the seconds to wait before the next try."""
    if error.retry_after is not None:
        return error.retry_after
    pause: float = _PAUSE_SECONDS * 2 ** (tries - 1)
    return pause * random.uniform(0.75, 1.25)


def _check_whole(message: Any) -> None:
    failure = _unfinished(message)
    if failure is not None:
        failure.usage = _usage(message)
        raise failure


def _unfinished(message: Any) -> ModelError | None:
    reason = message.stop_reason
    if reason in _WHOLE:
        return None
    if reason in ("max_tokens", "model_context_window_exceeded"):
        return Truncated(f"(stop reason {reason})")
    if reason == "refusal":
        details = getattr(message, "stop_details", None)
        return Refused(f"({getattr(details, 'category', None) or 'no reason given'})")
    return Interrupted(f"(stop reason {reason})")


def _translate(error: Exception) -> ModelError | None:
    """Return what an error of the SDK or of the libraries under it means; None for our own mistakes."""
    import anthropic
    import httpx2
    import pydantic

    if isinstance(error, anthropic.APIConnectionError):
        return Unreachable()
    if isinstance(error, anthropic.APIError):
        return _translate_api(error)
    if isinstance(error, httpx2.HTTPError):
        return Interrupted(f"({type(error).__name__})")
    if isinstance(error, AssertionError):
        return Interrupted("(an answer without events)")
    if isinstance(
        error, json.JSONDecodeError | pydantic.ValidationError | LookupError | RuntimeError
    ):
        return BadOutput("(unreadable events)")
    if isinstance(error, TypeError) and "auth" in str(error).lower():
        return Unavailable("(no API key)")
    return None


def _translate_api(error: Any) -> ModelError:
    kind = getattr(error, "type", None)
    status = getattr(error, "status_code", None)
    if kind == "rate_limit_error" or status == 429:
        return RateLimited(retry_after=_retry_after(error))
    if kind in ("overloaded_error", "api_error", "timeout_error") or (status or 0) >= 500:
        return Overloaded(retry_after=_retry_after(error))
    if status == 413 or kind == "request_too_large" or "too long" in str(error):
        return TooLong()
    if status == 200:
        return Interrupted(f"({kind})")
    return Unavailable(f"({kind or status})")


def _retry_after(error: Any) -> float | None:
    """Return the seconds a provider asks us to wait, if it says so in seconds."""
    try:
        seconds = float(error.response.headers["retry-after"])
    except (AttributeError, LookupError, ValueError):
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _facts(error: Exception) -> dict[str, Any]:
    """
    Return what a log may say of a failure.

    Never its text, where it could hold an answer's: only what the provider says of a request it did not take.
    """
    status = getattr(error, "status_code", None)
    facts = {
        "error": type(error).__name__,
        "kind": getattr(error, "type", None),
        "status": status,
        "request": getattr(error, "request_id", None),
        "said": str(error)[:200] if status is not None and 400 <= status < 500 else None,
    }
    return {name: value for name, value in facts.items() if value is not None}

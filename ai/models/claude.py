"""
Claude through the Anthropic SDK.

The SDK is not enough of a guard by itself: a connection that ends cleanly before the end of an answer is a normal
message with `stop_reason=None`; a cut body raises an error of its HTTP library, not its own; an error event
comes with status 200; a `retry-after` of an hour is slept through. So every call has a deadline of ours,
and an answer counts only if its stop reason says that it is whole.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from ai.errors import (
    BadOutput,
    Interrupted,
    ModelError,
    Overloaded,
    RateLimited,
    Refused,
    Truncated,
    Unavailable,
)
from ai.models.base import Prompt, Usage

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

logger = logging.getLogger(__name__)

_WHOLE = frozenset({"end_turn", "stop_sequence"})


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

    @property
    def name(self) -> str:
        return self._model

    async def stream(self, prompt: Prompt) -> AsyncIterator[str | Usage]:
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

    async def _read(self, prompt: Prompt, pieces: asyncio.Queue[str | Usage | None]) -> None:
        """In a task of its own, so that the deadline strikes here and never in whoever takes the pieces."""
        try:
            async with asyncio.timeout(self._timeout):
                async for piece in self._stream(prompt):
                    pieces.put_nowait(piece)
        except TimeoutError as exc:
            raise Interrupted(f"(no whole answer in {self._timeout:.0f} s)") from exc
        finally:
            pieces.put_nowait(None)

    async def _stream(self, prompt: Prompt) -> AsyncIterator[str | Usage]:
        try:
            async with self._client().messages.stream(
                model=self._model,
                max_tokens=prompt.max_tokens,
                system=[
                    {
                        "type": "text",
                        "text": prompt.system,
                        "cache_control": {"type": "ephemeral"},
                    }
                ],
                messages=[{"role": "user", "content": prompt.content}],
            ) as stream:
                async for text in stream.text_stream:
                    yield text
                message = await stream.get_final_message()
        except (GeneratorExit, asyncio.CancelledError):
            raise
        except Exception as exc:
            failure = _translate(exc)
            if failure is None:
                raise
            logger.warning(
                "model call failed",
                extra={"action": "model_failed", "model": self._model, "error": repr(exc)[:300]},
            )
            raise failure from exc
        _check_whole(message)
        yield Usage(message.model, message.usage.input_tokens, message.usage.output_tokens)

    def _client(self) -> AsyncAnthropic:
        if self._made is None:
            from anthropic import AsyncAnthropic  # 70 MB and half a second: only who needs it pays

            self._made = AsyncAnthropic(
                api_key=self._api_key, base_url=self._base_url, max_retries=2, timeout=60.0
            )
        return self._made


def _check_whole(message: Any) -> None:
    reason = message.stop_reason
    if reason in _WHOLE:
        return
    if reason in ("max_tokens", "model_context_window_exceeded"):
        raise Truncated(f"(stop reason {reason})")
    if reason == "refusal":
        details = getattr(message, "stop_details", None)
        raise Refused(f"({getattr(details, 'category', None) or 'no reason given'})")
    raise Interrupted(f"(stop reason {reason})")


def _translate(error: Exception) -> ModelError | None:
    """Return what an error of the SDK or of the libraries under it means; None for our own mistakes."""
    import anthropic
    import httpx2
    import pydantic

    if isinstance(error, anthropic.APIConnectionError | anthropic.APITimeoutError):
        return Overloaded("(no connection)")
    if isinstance(error, anthropic.APIError):
        return _translate_api(error)
    if isinstance(error, httpx2.HTTPError):
        return Interrupted(f"({type(error).__name__})")
    if isinstance(error, json.JSONDecodeError | pydantic.ValidationError):
        return BadOutput("(unreadable event)")
    if isinstance(error, TypeError) and "auth" in str(error).lower():
        return Unavailable("(no API key)")
    return None


def _translate_api(error: Any) -> ModelError:
    kind = getattr(error, "type", None)
    status = getattr(error, "status_code", None)
    if kind == "rate_limit_error" or status == 429:
        return RateLimited()
    if kind in ("overloaded_error", "api_error", "timeout_error") or (status or 0) >= 500:
        return Overloaded()
    if status == 200:
        return Interrupted(f"({kind})")
    return Unavailable(f"({kind or status})")

"""Who writes to an upload: its newest request, and of one person a few at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from ingest.errors import UploadRefused


@dataclass(slots=True)
class UploadTurn:
    """
    Who has an upload. A new request ends the old one, which may be a socket nobody is behind any more.

    Attributes:
        coming: The patience with who has it, while they send or wait for a place.
        requests: How many have it or want it.
    """

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    coming: asyncio.Timeout | None = None
    requests: int = 0

    @property
    def wanted(self) -> bool:
        """Whether somebody came after the one who has it."""
        return self.requests > 1

    def interrupt(self) -> None:
        """End the waiting for what comes, if there is any."""
        if self.coming is not None and not self.coming.expired():
            self.coming.reschedule(asyncio.get_running_loop().time())

    @contextlib.asynccontextmanager
    async def waits(self, idle: float | None) -> AsyncIterator[Callable[[], None]]:
        """
        Wait for what comes until there is silence for `idle` seconds, or somebody else wants the upload.

        Yields:
            What to call when something came.

        Raises:
            TimeoutError: If the waiting ended so.
        """
        loop = asyncio.get_running_loop()

        def heard() -> None:
            if self.wanted or self.coming is None:
                raise TimeoutError
            self.coming.reschedule(None if idle is None else loop.time() + idle)

        try:
            async with asyncio.timeout(idle) as self.coming:
                heard()
                yield heard
        finally:
            self.coming = None


@dataclass(slots=True)
class _Places:
    """
    Where one person's uploads are received.

    Attributes:
        requests: How many have a place or want one.
    """

    free: asyncio.Semaphore
    requests: int = 0


class UploadTurns:
    """
    The turns of all uploads that somebody writes to.

    Args:
        at_once: Of one person, so many are received at a time; the others wait.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._turns: dict[str, UploadTurn] = {}
        self._places: dict[str, _Places] = {}

    @property
    def idle(self) -> bool:
        """Whether nobody has or wants any upload."""
        return not self._turns and not self._places

    def has(self, ident: str) -> bool:
        """Whether somebody has an upload or wants it."""
        return ident in self._turns

    @contextlib.asynccontextmanager
    async def of(self, ident: str, person: str) -> AsyncIterator[UploadTurn]:
        """
        Have an upload, and a place to receive it.

        Raises:
            UploadRefused: If another request took the upload while this one waited (423).
        """
        async with self.alone(ident) as turn, self._place(turn, person):
            yield turn

    @contextlib.asynccontextmanager
    async def alone(self, ident: str) -> AsyncIterator[UploadTurn]:
        """Have an upload for oneself: who has it is interrupted."""
        turn = self._turns.setdefault(ident, UploadTurn())
        turn.interrupt()
        turn.requests += 1
        try:
            async with turn.lock:
                yield turn
        finally:
            turn.requests -= 1
            if turn.requests == 0:
                self._turns.pop(ident, None)

    @contextlib.asynccontextmanager
    async def _place(self, turn: UploadTurn, person: str) -> AsyncIterator[None]:
        """Have one of a person's places: whoever sends hundreds of files holds up their own only."""
        places = self._places.setdefault(person, _Places(asyncio.Semaphore(self._at_once)))
        places.requests += 1
        try:
            try:
                async with turn.waits(None):
                    await places.free.acquire()
            except TimeoutError:
                raise interrupted() from None
            try:
                yield
            finally:
                places.free.release()
        finally:
            places.requests -= 1
            if places.requests == 0:
                self._places.pop(person, None)


def interrupted() -> UploadRefused:
    """Return what a request is told whose upload another one has taken, or that was silent for long."""
    return UploadRefused(
        423, "interrupted", "Another request goes on with this upload, or nothing came."
    )

"""Honest people who type on, whatever happens, and note how long it takes until each edit is saved."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection

from tests.e2e.clients import YClient

_TOKEN = re.compile(r"<\w+\.\d+>")


class Typist(YClient):
    """
    A client that types a token at a time on a fixed beat.

    Attributes:
        typed: Tokens, in order.
        seconds: From the moment an edit was due to the moment it was known to be saved.
    """

    def __init__(self, url: str, name: str, client_id: int) -> None:
        super().__init__(url, client_id)
        self.name = name
        self.typed: list[str] = []
        self.seconds: list[float] = []
        self._due: deque[tuple[int, float]] = deque()

    async def type_one(self, due: float | None = None) -> None:
        """Write one token at the beginning."""
        token = f"<{self.name}.{len(self.typed)}>"
        self.typed.append(token)
        self._due.append(
            (len(self.typed), asyncio.get_running_loop().time() if due is None else due)
        )
        await self.edit(lambda text: text.insert(0, token))

    async def type_on(self, per_second: float) -> None:
        """Type until cancelled. Who falls behind does not type less: what waits counts."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await asyncio.sleep(max(0.0, due - loop.time()))
            await self.type_one(due)
            due += 1 / per_second

    async def all_saved(self) -> None:
        """Wait until the server has said so of everything."""
        await self.until(lambda: self.saved >= len(self.typed))

    def take_seconds(self) -> list[float]:
        """Return what was measured since the last time."""
        taken, self.seconds = self.seconds, []
        return taken

    async def _take(self, socket: ClientConnection, data: bytes) -> None:
        await super()._take(socket, data)
        now = asyncio.get_running_loop().time()
        while self._due and self._due[0][0] <= self.saved:
            self.seconds.append(now - self._due.popleft()[1])


@asynccontextmanager
async def typing(typists: Sequence[Typist], per_second: float) -> AsyncIterator[None]:
    """Everybody comes in and types; at the end everything they typed is saved."""
    for typist in typists:
        await typist.connect()
        await typist.until(lambda typist=typist: typist.synced)  # type: ignore[misc]
    tasks = [asyncio.create_task(typist.type_on(per_second)) for typist in typists]
    try:
        yield
        for task in tasks:
            assert not task.done(), "a typist has stopped"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    try:
        for typist in typists:
            assert typist.close_code is None, f"{typist.name} was sent away: {typist.close_code}"
            assert typist.denied == [], f"{typist.name} was refused: {typist.denied}"
            await typist.all_saved()
    finally:
        for typist in typists:
            await typist.disconnect()


def tokens_of(text: str) -> Counter[str]:
    """Count the tokens in a text."""
    return Counter(_TOKEN.findall(text))


async def check_everything_is_there_once(url: str, typists: Sequence[Typist]) -> None:
    """Somebody who brings nothing is told every edit of these people, once."""
    async with newcomer(url) as client:
        check_once(str(client.text), typists)


def check_once(text: str, typists: Sequence[Typist]) -> None:
    """Every edit of these people is in a text, once."""
    found = tokens_of(text)
    wrong = {
        token: found[token] for typist in typists for token in typist.typed if found[token] != 1
    }
    assert wrong == {}, f"lost (0) or doubled: {wrong}"


@asynccontextmanager
async def newcomer(url: str, client_id: int = 99) -> AsyncIterator[YClient]:
    """Somebody who has nothing comes in and has been told everything."""
    client = YClient(url, client_id)
    await client.connect()
    try:
        await client.until(lambda: client.synced)
        yield client
    finally:
        await client.disconnect()


def p99(seconds: Sequence[float]) -> float:
    """Return what one in a hundred takes at least."""
    return sorted(seconds)[int(0.99 * len(seconds))] if seconds else 0.0

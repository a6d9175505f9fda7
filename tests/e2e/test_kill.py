"""
`kill -9` at any moment loses no acknowledged edit.

A real server in a process of its own, eight clients typing twenty times a second, SIGKILL at a random moment, a
restart on the same folder: again and again. Every edit is one token that occurs nowhere else. What counts as
acknowledged is what the server has sent the counter back for.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from pycrdt import Text

from tests.e2e.clients import YClient
from tests.e2e.test_npm_clients import room_and_token
from tests.harness import ServerProcess, server_process

ROUNDS = int(os.environ.get("ACCORD_TEST_KILLS", "20"))
CLIENTS = 8
EDITS_PER_SECOND = 20

TOKEN = re.compile(r"<\d+\.\d+>")


@dataclass(slots=True)
class Typist:
    """
    One client and what it has typed.

    Attributes:
        counters: Token -> the counter that says it is saved.
    """

    client: YClient
    number: int
    counters: dict[str, int] = field(default_factory=dict)

    @property
    def acknowledged(self) -> set[str]:
        """Tokens that are on the server's disk, by its own word."""
        return {token for token, counter in self.counters.items() if counter <= self.client.saved}

    async def type_on(self, seconds: float, rng: random.Random) -> None:
        """Type until the time is over or the connection ends."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end and self.client.connected:
            await self.type_one(rng)
            await asyncio.sleep(rng.expovariate(EDITS_PER_SECOND))

    async def type_one(self, rng: random.Random) -> None:
        """Insert one token between two others."""
        token = f"<{self.number}.{len(self.counters)}>"

        def insert(text: Text) -> None:
            places = [0, *(match.end() for match in TOKEN.finditer(str(text)))]
            text.insert(rng.choice(places), token)

        self.counters[token] = await self.client.edit(insert)


@contextmanager
def no_commits(folder: Path) -> Iterator[None]:
    """Hold the database's write lock, as a slow disk would: what is acknowledged now was not on disk."""
    with closing(sqlite3.connect(folder / "accord.db", isolation_level=None, timeout=5)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@asynccontextmanager
async def newcomer(url: str, client_id: int) -> AsyncIterator[YClient]:
    """Somebody who has nothing and is told everything."""
    client = YClient(url, client_id)
    await client.connect()
    try:
        yield client
    finally:
        await client.disconnect()


async def test_no_acknowledged_edit_is_lost_or_doubled(tmp_path: Path) -> None:
    rng = random.Random(os.environ.get("ACCORD_TEST_SEED", "kill"))
    folder = tmp_path / "data"
    with server_process(folder) as server:
        made = await room_and_token(server.url, expires_in=3600)
        port = int(server.url.rsplit(":", 1)[1])
        path = f"/{made['room']}?token={made['token']}"
        typists = [Typist(YClient(server.ws_url + path, 100 + n), n) for n in range(CLIENTS)]
        acknowledged, typed = await one_round(server, typists, rng)
    for round_ in range(ROUNDS - 1):
        with server_process(folder, port=port) as server:
            await check_newcomer(
                server.ws_url + path, acknowledged, typed, f"after kill {round_ + 1}"
            )
            acknowledged, typed = await one_round(server, typists, rng)
    with server_process(folder, port=port) as server:
        await check_newcomer(server.ws_url + path, acknowledged, typed, f"after kill {ROUNDS}")
        await check_all_agree(typists)
    assert len(acknowledged) > ROUNDS * 10, "too little was typed to prove anything"


async def one_round(
    server: ServerProcess, typists: list[Typist], rng: random.Random
) -> tuple[set[str], set[str]]:
    """Everybody connects and types; in the middle of it the server is killed."""
    for typist in typists:
        await typist.client.connect()
    typing = [asyncio.create_task(typist.type_on(5, rng)) for typist in typists]
    leaver = rng.choice(typists)
    await asyncio.sleep(rng.uniform(0.25, 0.7))
    with no_commits(server.folder):  # somebody's network goes while edits wait for the disk
        await asyncio.sleep(0.05)
        leaver.client.abort()
        await asyncio.sleep(0.05)
    with no_commits(server.folder) if rng.random() < 0.5 else nullcontext():
        await asyncio.sleep(rng.uniform(0.0, 0.25))
        server.kill()
    await asyncio.gather(*typing)
    for typist in typists:
        await typist.client.disconnect()
    acknowledged = set().union(*(typist.acknowledged for typist in typists))
    typed = set().union(*(typist.counters for typist in typists))
    return acknowledged, typed


async def check_newcomer(url: str, acknowledged: set[str], typed: set[str], when: str) -> None:
    """What the restarted server has on disk, told to somebody who brings nothing."""
    async with newcomer(url, 99) as client:
        await client.until(lambda: len(str(client.text)) > 1)
        found = Counter(TOKEN.findall(str(client.text)))
        assert acknowledged - set(found) == set(), f"acknowledged edits lost {when}"
        assert [token for token, count in found.items() if count > 1] == [], f"doubled {when}"
        assert set(found) - typed == set(), f"text nobody wrote {when}"
        assert TOKEN.sub("", str(client.text)).strip() == "", f"torn tokens {when}"


async def check_all_agree(typists: list[Typist]) -> None:
    """With everybody back, unacknowledged work arrives too: all that was typed is there, once, for all."""
    for typist in typists:
        await typist.client.connect()
    everything = set().union(*(typist.counters for typist in typists))
    for typist in typists:
        client = typist.client
        await client.until(lambda client=client: set(TOKEN.findall(str(client.text))) >= everything)  # type: ignore[misc]  # fmt: skip
    texts = {str(typist.client.text) for typist in typists}
    assert len(texts) == 1
    assert sorted(TOKEN.findall(texts.pop())) == sorted(everything)
    for typist in typists:
        await typist.client.disconnect()

"""
Random histories of two JavaScript Yjs participants and two pycrdt ones, through a real server.

Everybody edits at once, some of the time off line. In the end all five documents, the server's among them, must
be equal. And equal is not enough: every word that somebody typed and nobody deleted is there, once, whole,
and words typed one after the other are in that order.
"""

from __future__ import annotations

import asyncio
import base64
import os
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient
from pycrdt import Map, Text

from collab.positions import measure
from collab.structs import read_state_vector
from tests.alike import in_one_form
from tests.e2e.clients import Node, YClient, node
from tests.harness import PATIENCE, RunningApp, api, running_app

pytestmark = pytest.mark.usefixtures("npm_clients")

HISTORIES = int(os.environ.get("ACCORD_TEST_HISTORIES", "1000"))
AT_ONCE = 16
STEPS = 14

NAMES = ("server", "js 0", "js 1", "pycrdt 2", "pycrdt 3")

WORD = re.compile(r"⟦[^⟧]*⟧")
DECORATIONS = ("", "é", "漢字", "😀", "👨‍👩‍👧", "𝒳z")
LOOKS: tuple[dict[str, Any], ...] = ({"bold": True}, {"bold": None}, {"italic": True})


@dataclass(slots=True)
class Intent:
    """What one participant did, as they would tell it."""

    typed: list[str] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    runs: list[list[str]] = field(default_factory=list)

    @classmethod
    def told(cls, report: dict[str, Any]) -> Intent:
        """What a JavaScript participant tells."""
        return cls(report["typed"], set(report["deleted"]), set(report["doubtful"]), report["runs"])


class PythonPeer:
    """A pycrdt participant."""

    def __init__(self, number: int, url: str, rng: random.Random) -> None:
        self.client = YClient(url, rng.randrange(1000, 2**32))
        self.intent = Intent()
        self._number = number
        self._rng = rng

    async def live(self, steps: int) -> None:
        await self.client.connect()
        for _ in range(steps):
            await self.client.edit(self._act)
            kind = self._rng.randrange(20)
            if kind == 0:
                await self.client.disconnect()
            elif kind == 1 and not self.client.connected:
                await self.client.connect()
            if kind < 8:
                await asyncio.sleep(self._rng.random() * 0.004)
        if not self.client.connected:
            await self.client.connect()

    def _act(self, text: Text) -> None:
        kind = self._rng.randrange(100)
        if kind < 45:
            text.insert(self._rng.choice(places(text)), self._word())
        elif kind < 62:
            self._type_on(text)
        elif kind < 76:
            self._remove(text)
        elif kind < 88:
            start, end = sorted(self._rng.choices(places(text), k=2))
            if start < end:
                text.format(start, end, dict(self._rng.choice(LOOKS)))
        else:
            self._note()

    def _word(self) -> str:
        word = f"⟦{self._number}.{len(self.intent.typed)}{self._rng.choice(DECORATIONS)}⟧"
        self.intent.typed.append(word)
        return word

    def _type_on(self, text: Text) -> None:
        at = self._rng.choice(places(text))
        run = []
        for _ in range(3):
            word = self._word()
            text.insert(at, word)
            at += len(word.encode())
            run.append(word)
        self.intent.runs.append(run)

    def _remove(self, text: Text) -> None:
        ruler = measure(text)
        found = list(WORD.finditer(ruler.text))
        if found:
            one = self._rng.choice(found)
            del text[ruler.utf8(one.start()) : ruler.utf8(one.end())]
            self.intent.deleted.add(one.group())

    def _note(self) -> None:
        notes: Map[Any] = self.client.doc.get("comments", type=Map)
        key = f"k{self._rng.randrange(4)}"
        if self._rng.random() < 0.7:
            notes[key] = Map({"text": f"é{self._rng.randrange(100)}"})
        elif key in notes:
            del notes[key]

    def state(self) -> dict[str, Any]:
        return {
            "vector": self.client.doc.get_state(),
            "delta": self.client.text.diff(),
            "comments": self.client.doc.get("comments", type=Map).to_py(),
        }


def places(text: Text) -> list[int]:
    """Byte offsets between words."""
    ruler = measure(text)
    return [0, *(ruler.utf8(match.end()) for match in WORD.finditer(ruler.text))]


async def test_everybody_ends_with_the_same_text_and_it_is_what_they_meant(tmp_path: Path) -> None:
    first = int(os.environ.get("ACCORD_TEST_SEED", "0"))
    turn = asyncio.Semaphore(AT_ONCE)
    async with (
        running_app(tmp_path / "data", room_idle_seconds=1, handshakes_burst=100_000) as app,
        node("converge.mjs") as js,
        api(app.url) as script,
    ):

        async def run(seed: int) -> None:
            async with turn:
                await one_history(app, js, script, seed)

        async with asyncio.TaskGroup() as group:
            for seed in range(first, first + HISTORIES):
                group.create_task(run(seed))


async def one_history(app: RunningApp, js: Node, script: AsyncClient, seed: int) -> None:
    room, token = await make_room(script)
    rng = random.Random(seed)
    url = f"{app.ws_url}/{room}?token={token}"
    peers = [PythonPeer(number, url, rng) for number in (2, 3)]
    reports, *_ = await asyncio.gather(
        js.call("live", history=seed, steps=STEPS, seed=seed, url=app.ws_url, room=room, token=token),
        *(peer.live(STEPS) for peer in peers),
    )  # fmt: skip
    try:
        states = await settled(app, js, room, peers, seed)
        check_agreement(states, seed)
        intents = [*(Intent.told(one) for one in reports), *(peer.intent for peer in peers)]
        check_intent(plain(states[0]["delta"]), intents, seed)
    finally:
        await js.call("end", history=seed)
        for peer in peers:
            await peer.client.disconnect()


async def make_room(script: AsyncClient) -> tuple[str, str]:
    session = await script.post(
        "/api/sessions", json={"title": "abc", "question": "abc", "type": "other"}
    )
    made = await script.post(
        f"/api/sessions/{session.json()['id']}/room-tokens",
        json={"role": "participant", "expires_in": 600},
    )
    return made.json()["room"], made.json()["token"]


async def settled(
    app: RunningApp, js: Node, room: str, peers: list[PythonPeer], seed: int
) -> list[dict[str, Any]]:
    """Wait until nobody has anything the others have not; return all states, the server's first."""
    before: list[str] = []
    states: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(2 * PATIENCE):
            while True:
                for peer in peers:
                    await peer.client.come_back()
                states = await states_now(app, js, room, peers, seed)
                vectors = [read_state_vector(one["vector"]) for one in states]
                forms = [*map(normal, states)]
                if all(one == vectors[0] for one in vectors):
                    if len({*forms}) == 1:
                        return states
                    # Deletions do not show in a state vector. What differs is only an error if it stays so.
                    if await quiet(js, peers, seed) and forms == before:
                        return states
                    before = forms
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"history {seed}: not everybody has everything\n{told(states, peers)}")


async def states_now(
    app: RunningApp, js: Node, room: str, peers: list[PythonPeer], seed: int
) -> list[dict[str, Any]]:
    document = (await app.services.registry.open(room)).document
    server = {
        "vector": document.state_vector(),
        "delta": document.statement.diff(),
        "comments": document.root_map("comments").to_py(),
    }
    theirs = await js.call("states", history=seed)
    for one in theirs:
        one["vector"] = base64.b64decode(one["vector"])
        one["delta"] = [(op["insert"], op.get("attributes")) for op in one["delta"]]
    return [server, *theirs, *(peer.state() for peer in peers)]


def told(states: list[dict[str, Any]], peers: list[PythonPeer]) -> str:
    """Say what everybody has and how they are connected."""
    lines = [
        f"{who}: {read_state_vector(one['vector'])} synced={one.get('synced')}"
        for who, one in zip(NAMES, states, strict=False)
    ]
    for name, peer in zip(NAMES[3:], peers, strict=True):
        one = peer.client
        lines.append(
            f"{name}: connected={one.connected} close_code={one.close_code} denied={one.denied}"
            f" sent={one._sent} saved={one.saved}"
        )
    return "\n".join(lines)


async def quiet(js: Node, peers: list[PythonPeer], seed: int) -> bool:
    """Give what is on its way a moment; say whether everybody is connected."""
    await asyncio.sleep(0.5)
    return all(peer.client.connected for peer in peers) and all(
        one["synced"] for one in await js.call("states", history=seed)
    )


def check_agreement(states: list[dict[str, Any]], seed: int) -> None:
    forms = [normal(one) for one in states]
    for who, form in zip(NAMES[1:], forms[1:], strict=True):
        assert form == forms[0], f"history {seed}: the server and {who} differ"


def check_intent(text: str, intents: list[Intent], seed: int) -> None:
    found = WORD.findall(text)
    counts = Counter(found)
    typed = {word for one in intents for word in one.typed}
    deleted = set().union(*(one.deleted for one in intents))
    doubtful = set().union(*(one.doubtful for one in intents))
    assert [w for w, n in counts.items() if n > 1] == [], f"history {seed}: words doubled"
    assert set(counts) <= typed, f"history {seed}: words nobody typed, or torn ones"
    assert WORD.sub("", text).strip("\n") == "", f"history {seed}: torn words"
    expected = typed - deleted - doubtful
    assert expected - set(counts) == set(), f"history {seed}: words lost"
    assert (deleted - doubtful) & set(counts) == set(), f"history {seed}: words came back"
    at = {word: index for index, word in enumerate(found)}
    for one in intents:
        for run in one.runs:
            order = [at[word] for word in run if word in at and word not in doubtful]
            assert order == sorted(order), f"history {seed}: words out of order"


def plain(delta: list[tuple[Any, Any]]) -> str:
    return "".join(piece for piece, _ in delta if isinstance(piece, str))


def normal(state: dict[str, Any]) -> str:
    return in_one_form(state["delta"], state["comments"])

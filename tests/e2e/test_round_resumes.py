"""
A server that is killed while it makes a round goes on by itself: nothing twice, nothing asked again that was answered.

The server is a process of its own; the stand-in for the model is in this one, which keeps what it was asked.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from ai import prompts
from ai.answers import key_of
from ai.models.base import Prompt
from tests.ai.llm import running_llm
from tests.e2e.test_bot_resumes import room_shows, serving
from tests.harness import PATIENCE, ServerProcess, api, participant
from tests.web.people import Client, new_session

SAID = {
    "Ana": "The harbour needs a quiet basin. Cruise ships stay outside.",
    "Ben": "Buses run on Sundays. The ferry leaves from the old pier.",
}

#: Seconds for each token of four characters: a candidate takes seconds.
DELAY = 0.01


def stored(folder: Path) -> set[str]:
    """Return the keys of all answers that were kept."""
    with closing(sqlite3.connect(folder / "accord.db", timeout=5)) as database:
        query = "SELECT key FROM model_answers WHERE text IS NOT NULL"
        return {key for (key,) in database.execute(query)}


#: The newest prompt of each kind.
VERSIONS = {"claims": 1, "candidate": 3, "rank": 2}


def key(body: dict[str, Any]) -> str:
    """Return what the answer to a request is kept under."""
    content = body["messages"][-1]["content"]
    *shared, own = [content] if isinstance(content, str) else [one["text"] for one in content]
    asked = {name for piece in (*shared, own) for name in json.loads(piece)}
    name = "rank" if "candidates" in asked else "candidate" if "points" in asked else "claims"
    ident, system = prompts.load(name, VERSIONS[name]).ident, body["system"][0]["text"]
    prompt = Prompt(ident, system, own, body["max_tokens"], shared="".join(shared))
    return key_of(body["model"], prompt)


async def until(enough: Callable[[], bool]) -> None:
    """Look until it is enough."""
    async with asyncio.timeout(2 * PATIENCE):
        while not enough():  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.02)


async def ended(script: Client, session: str, run: str) -> dict[str, Any]:
    """Return a run when it has ended."""
    async with asyncio.timeout(2 * PATIENCE):
        while True:
            found: dict[str, Any] = (await script.get(f"/api/sessions/{session}")).json()["run"]
            if found["id"] == run and found["status"] in ("done", "failed"):
                return found
            await asyncio.sleep(0.02)


async def begin(server: ServerProcess, script: Client) -> tuple[dict[str, Any], str]:
    """Make a session in which two people have said something, and start a round."""
    session = await new_session(script)
    path = f"/api/sessions/{session['id']}"
    for invitation, (name, text) in zip(session["invitations"], SAID.items(), strict=True):
        async with participant(server.url, invitation["link"], name) as (browser, _):
            assert (await browser.post(f"{path}/inputs", json={"text": text})).status_code == 201
            consent = await browser.put(f"{path}/consent", json={"predictable": True})
            assert consent.status_code == 200, consent.text
    moved = await script.post(f"{path}/phase", json={"phase": "drafting"})
    assert moved.status_code == 200, moved.text
    started = await script.post(f"{path}/rounds", json={"candidates": 4})
    assert started.status_code == 202, started.text
    return session, started.json()["id"]


async def test_a_round_killed_at_three_places_asks_nothing_again_and_proposes_nothing_twice(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    async with running_llm(delay=DELAY) as llm:
        with serving(folder, llm.url) as server:
            port = int(server.url.rsplit(":", 1)[1])
            async with api(server.url) as script:
                session, run = await begin(server, script)
                await until(lambda: len(stored(folder)) >= 2 and len(llm.heard) > 2)
            await asyncio.to_thread(server.kill)
        kept, before = stored(folder), len(llm.heard)
        assert len(kept) == 2, "it was too fast to be killed among the candidates"

        with serving(folder, llm.url, port) as server:
            await until(lambda: len(stored(folder)) >= 6)
            await asyncio.to_thread(server.kill)
        assert kept.isdisjoint(map(key, llm.heard[before:]))
        kept, before = stored(folder), len(llm.heard)

        with serving(folder, llm.url, port) as server:
            async with api(server.url) as script:
                done = await ended(script, session["id"], run)
                assert done["status"] == "done", done["message"]
                path = f"/api/sessions/{session['id']}"
                (one,) = (await script.get(f"{path}/rounds")).json()["rounds"]
                closed = await script.post(f"{path}/rounds/{one['id']}/close")
                assert closed.status_code == 200, closed.text
            await asyncio.to_thread(server.kill)
        assert kept.isdisjoint(map(key, llm.heard[before:]))
        assert stored(folder) <= set(map(key, llm.heard))  # or the keys above would tell nothing
        assert len(stored(folder)) == 2 + 4 + 2
        before = len(llm.heard)

        with serving(folder, llm.url, port) as server:
            async with api(server.url) as script:
                path = f"/api/sessions/{session['id']}"
                (one,) = (await script.get(f"{path}/rounds")).json()["rounds"]
                done = await ended(script, session["id"], one["result"]["run"])
                assert done["status"] == "done", done["message"]
                (winner,) = [
                    made for made in one["candidates"] if made["id"] == one["result"]["winner"]
                ]
                assert winner["changes"]
                found = (await script.get(f"{path}/suggestions")).json()["suggestions"]
                wanted = [change["text"] for change in winner["changes"]]
                assert sorted(made["text"] for made in found) == sorted(wanted)
                assert {made["status"] for made in found} == {"open"}
                shown = await room_shows(server, script, session)
                assert sorted(made["text"] for made in shown.values()) == sorted(wanted)
        assert len(llm.heard) == before

"""A session that forbids external AI: with a key and hosted embeddings, nothing of it leaves the machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ai.extractive import AUTHOR
from tests.ai.llm import url_of
from tests.harness import PATIENCE, RunningApp, running_app
from tests.web.api.test_documents import ended, give
from tests.web.people import Cast, cast, open_round, refine


class Elsewhere:
    """
    Another server, which nobody should ask.

    Attributes:
        heard: What it was asked, by path.
    """

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[str] = []

    async def answer(self, request: Request) -> JSONResponse:
        self.heard.append(request.url.path)
        return JSONResponse({"type": "error", "error": {"type": "invalid_request_error"}}, 400)


@asynccontextmanager
async def elsewhere() -> AsyncIterator[Elsewhere]:
    found = Elsewhere()
    app = Starlette(routes=[Route("/{path:path}", found.answer, methods=["GET", "POST"])])
    config = uvicorn.Config(app, port=0, lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(PATIENCE):
            while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
                await asyncio.sleep(0.005)
        found.url = url_of(server)
        yield found
    finally:
        server.should_exit = True
        await asyncio.wait_for(serving, PATIENCE)


@asynccontextmanager
async def with_a_key(folder: Path, other: Elsewhere) -> AsyncIterator[RunningApp]:
    async with running_app(
        folder,
        anthropic_api_key="any",
        model_base_url=other.url,
        embeddings="openai",
        embedding_model="m",
        embedding_url=f"{other.url}/v1",
        refine_debounce_seconds=3600,
        refine_max_wait_seconds=3600,
    ) as app:
        yield app


async def use_everything(app: RunningApp, people: Cast) -> None:
    """Give, search, talk, let the bot work, make a round: all that asks models where it may."""
    ana, path = people.participant, people.path
    await ana.put(f"{path}/consent", json={"predictable": True})
    await ana.post(f"{path}/inputs", json={"text": "The harbour needs a quiet basin for boats."})
    await people.facilitator.post(f"{path}/inputs", json={"text": "Cruise ships stay outside."})
    document = await ended(ana, path, await give(ana, path))
    assert (document["status"], document["model"], document["message"]) == ("ready", None, "")
    assert (await ana.get(f"{path}/documents")).json()["model"] is None
    found = (await ana.get(f"{path}/search", params={"q": "ships"})).json()
    assert (found["by"], len(found["hits"])) == ("words", 1)
    talk = (await ana.post(f"{path}/interview")).json()
    for turn in range(3):
        said = {"turn": turn, "answer": f"My point {turn} about it."}
        talk = (await ana.post(f"{path}/interview/answers", json=said)).json()
    assert (talk["mode"], talk["status"], talk["note"]) == ("fixed", "confirming", "")
    await people.script.post(f"{path}/phase", json={"phase": "drafting"})
    row = await open_round(app, people)
    assert row["predicted"] == 0
    assert {one["author"] for one in row["candidates"]} == {"", AUTHOR}
    run = await refine(app, people.script, people.session["id"])
    assert (run["status"], run["mode"], run["model"]) == ("done", "extractive", None)
    shown = (await ana.get(f"{path}/suggestions")).json()["suggestions"]
    assert {one["author"] for one in shown} == {AUTHOR}


async def test_nothing_of_it_reaches_another_server(tmp_path: Path) -> None:
    async with (
        elsewhere() as other,
        with_a_key(tmp_path, other) as app,
        cast(app) as people,
    ):
        forbidden = await people.script.patch(people.path, json={"external_ai": False})
        assert forbidden.json()["external_ai"] is False
        await use_everything(app, people)
        assert other.heard == []


async def test_where_it_is_allowed_they_are_asked(tmp_path: Path) -> None:
    """The same server hears of another session: it would have noticed."""
    async with (
        elsewhere() as other,
        with_a_key(tmp_path, other) as app,
        cast(app) as people,
    ):
        ana, path = people.participant, people.path
        await ana.post(f"{path}/inputs", json={"text": "The harbour needs a quiet basin."})
        await ended(ana, path, await give(ana, path))
        run = await refine(app, people.script, people.session["id"])
        assert (run["status"], run["mode"]) == ("failed", "claude")
        talk = (await ana.post(f"{path}/interview")).json()
        assert (talk["mode"], "fixed ones" in talk["note"]) == ("fixed", True)
        assert {"/v1/messages", "/v1/embeddings"} <= set(other.heard)


async def test_a_run_that_was_started_before_asks_nobody_any_more(tmp_path: Path) -> None:
    async with (
        elsewhere() as other,
        with_a_key(tmp_path, other) as app,
        cast(app) as people,
    ):
        await people.participant.post(
            f"{people.path}/inputs", json={"text": "The harbour needs a quiet basin."}
        )
        advance = app.services.bot._advance

        async def forbid_first(run_id: str, **fields: object) -> object:
            await people.script.patch(people.path, json={"external_ai": False})
            return await advance(run_id, **fields)

        app.services.bot._advance = forbid_first  # type: ignore[method-assign,assignment]
        run = await refine(app, people.script, people.session["id"])
        assert (run["status"], "no external AI" in run["message"]) == ("failed", True)
        assert other.heard == []

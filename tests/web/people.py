"""A session and everybody who may or may not have to do with it."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from collab import positions
from collab.origins import SERVER
from store import facilitators
from store.ids import new_secret
from tests.harness import NEW_SESSION, PATIENCE, TOKEN, RunningApp, api, participant
from web.events import Listener

Client = httpx2.AsyncClient


@dataclass(slots=True)
class Cast:
    """
    Browsers at one server, by who they are to `session`.

    Attributes:
        stranger: A participant of another session.
        another: A facilitator who has nothing to do with it.
        script: The facilitator with a bearer token instead of a browser.
        observer_link, participant_link: The invitations they came by.
    """

    session: dict[str, Any]
    nobody: Client
    stranger: Client
    observer: Client
    participant: Client
    facilitator: Client
    another: Client
    script: Client
    observer_link: str
    participant_link: str

    @property
    def path(self) -> str:
        """The session's address in the API."""
        return f"/api/sessions/{self.session['id']}"

    def as_(self, role: str) -> Client:
        """Return one of the clients."""
        found: Client = getattr(self, role)
        return found


ROLES = ("nobody", "stranger", "observer", "participant", "facilitator", "another")


async def new_session(facilitator: Client, **fields: Any) -> dict[str, Any]:
    """Make a session; return it with its invitations."""
    made = await facilitator.post("/api/sessions", json={**NEW_SESSION, **fields})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def invite(facilitator: Client, session: str, **fields: Any) -> dict[str, Any]:
    """Make one more invitation; return it with its link."""
    made = await facilitator.post(f"/api/sessions/{session}/invitations", json=fields)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


@asynccontextmanager
async def cast(app: RunningApp) -> AsyncIterator[Cast]:
    """Make a session and everybody."""
    async with AsyncExitStack() as stack:
        script = await stack.enter_async_context(api(app.url))
        other_token = new_secret()
        await app.services.database.write(facilitators.add, "Other", other_token)
        clients: dict[str, Client] = {
            "script": script,
            "nobody": await stack.enter_async_context(api(app.url, None)),
            "facilitator": await stack.enter_async_context(signed_in(app.url, TOKEN)),
            "another": await stack.enter_async_context(signed_in(app.url, other_token)),
        }
        session, elsewhere = await new_session(script), await new_session(clients["another"])
        observer_link = (await invite(script, session["id"], role="observer"))["link"]
        participant_link = session["invitations"][0]["link"]
        for role, link in (
            ("observer", observer_link),
            ("participant", participant_link),
            ("stranger", elsewhere["invitations"][0]["link"]),
        ):
            joining = participant(app.url, link, role.capitalize())
            clients[role], _ = await stack.enter_async_context(joining)
        yield Cast(
            session=session,
            observer_link=observer_link,
            participant_link=participant_link,
            **clients,
        )


@asynccontextmanager
async def signed_in(base: str, token: str = TOKEN) -> AsyncIterator[Client]:
    """Sign a browser in as a facilitator."""
    async with api(base, None) as client:
        answer = await client.post("/api/sign-in", json={"token": token})
        assert answer.status_code == 200, answer.text
        yield client


def cookie_of(client: Client) -> str:
    """Return the cookie header a browser would send."""
    return "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)


async def events_of(app: RunningApp, session: str) -> AsyncGenerator[tuple[str, Any]]:
    """Yield what the server tells a session's pages, from inside: listening begins with the first step."""
    listener = Listener(session, "test", None, math.inf)
    async for message in app.services.events.listen(listener, still_allowed=lambda: True):
        lines = message.decode().splitlines()
        if lines and lines[0].startswith("event: "):
            yield lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))
        else:
            yield "", None


@asynccontextmanager
async def listening(client: Client, path: str) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    """Open a session's event stream; when it is yielded the server has begun to tell."""
    async with client.stream("GET", f"{path}/events", timeout=PATIENCE) as answer:
        assert answer.status_code == 200, await answer.aread()
        lines = answer.aiter_lines()
        async for line in lines:
            if line.startswith("retry:"):
                break

        async def events() -> AsyncIterator[tuple[str, Any]]:
            name = ""
            async for line in lines:
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield name, json.loads(line.removeprefix("data: "))

        yield events()


async def refine(app: RunningApp, facilitator: Client, session: str) -> dict[str, Any]:
    """Let the bot work; return its run when it is through."""
    async with aclosing(events_of(app, session)) as events, asyncio.timeout(PATIENCE):
        await anext(events)
        started = await facilitator.post(f"/api/sessions/{session}/refine")
        assert started.status_code == 202, started.text
        async for name, data in events:
            if name == "run" and data["status"] in ("done", "failed"):
                ended: dict[str, Any] = data
                return ended
    raise AssertionError("the run did not end")


async def open_round(app: RunningApp, people: Cast, **fields: Any) -> dict[str, Any]:
    """Let the bot make candidates; return the round."""
    session = people.session["id"]
    async with aclosing(events_of(app, session)) as events, asyncio.timeout(PATIENCE):
        await anext(events)
        started = await people.script.post(f"{people.path}/rounds", json=fields)
        assert started.status_code == 202, started.text
        async for name, data in events:
            if name == "run" and data["status"] in ("done", "failed"):
                assert data["status"] == "done", data
                break
    found = (await people.script.get(f"{people.path}/rounds")).json()["rounds"]
    one: dict[str, Any] = found[-1]
    return one


async def open_poll(app: RunningApp, people: Cast, text: str = "We agree.") -> dict[str, Any]:
    """Put a text into the statement and ask everybody about it; return the poll."""
    room = await app.services.registry.of_session(people.session["id"])
    await room.edit(lambda document: positions.insert(document.statement, 0, text), SERVER)
    moved = await people.script.post(f"{people.path}/phase", json={"phase": "deciding"})
    assert moved.status_code == 200, moved.text
    found = (await people.script.get(f"{people.path}/deliberation")).json()
    poll: dict[str, Any] = found["polls"][-1]
    return poll

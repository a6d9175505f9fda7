"""`web.auth`: who gets what. A table of every route and everybody, held against the running server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.routing import iter_route_contexts
from starlette.routing import Route, WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from store import facilitators
from store.ids import new_secret
from tests.harness import TOKEN, RunningApp, api, make_settings, participant
from tests.ingest.files import line, pdf
from tests.web.api.test_documents import ended, give
from tests.web.api.test_uploads import begin
from tests.web.api.test_versions import write
from tests.web.people import (
    ROLES,
    Cast,
    cast,
    cookie_of,
    invite,
    new_session,
    open_poll,
    open_round,
    refine,
    signed_in,
)
from web.app import create_app

# nobody, stranger, observer, participant, facilitator, another facilitator
OPEN = (200, 200, 200, 200, 200, 200)
MEMBERS = (401, 404, 200, 200, 200, 404)
WRITERS = (401, 404, 403, 200, 200, 404)
FACILITATORS = (401, 404, 403, 403, 200, 404)
#: Of a document that its owner shows to nobody.
OWN_DOCUMENT = (401, 404, 404, 200, 404, 404)


def answering(status: int, roles: tuple[int, ...]) -> tuple[int, ...]:
    """Return a row whose success is another status than 200."""
    return tuple(status if one == 200 else one for one in roles)


#: What each gets; a route that is not here fails `test_every_route_is_in_the_table`.
EXPECTED: dict[str, tuple[int, ...]] = {
    "GET /": OPEN,
    "GET /sign-in": OPEN,
    "GET /join": OPEN,
    "GET /s/{session}": OPEN,
    "GET /static/{path:path}": OPEN,
    "GET /health/live": OPEN,
    "GET /health/ready": OPEN,
    "GET /metrics": OPEN,  # from this machine; see test_metrics
    "GET /api/docs": OPEN,
    "GET /api/docs.css": OPEN,
    "GET /api/openapi.json": OPEN,
    "GET /api/config": OPEN,
    "GET /api/me": OPEN,
    "POST /api/sign-in": OPEN,
    "POST /api/sign-out": answering(204, OPEN),
    "POST /api/invitations/preview": OPEN,
    "POST /api/join": OPEN,
    "POST /api/sessions": (401, 403, 403, 403, 201, 201),
    "GET /api/sessions": (401, 200, 200, 200, 200, 200),
    "GET /api/sessions/{session_id}": MEMBERS,
    "PATCH /api/sessions/{session_id}": FACILITATORS,
    "POST /api/sessions/{session_id}/phase": FACILITATORS,
    "GET /api/sessions/{session_id}/invitations": FACILITATORS,
    "POST /api/sessions/{session_id}/invitations": answering(201, FACILITATORS),
    "POST /api/sessions/{session_id}/invitations/{invitation}/reissue": FACILITATORS,
    "DELETE /api/sessions/{session_id}/invitations/{invitation}": answering(204, FACILITATORS),
    "GET /api/sessions/{session_id}/room-tokens": MEMBERS,
    "POST /api/sessions/{session_id}/room-tokens": answering(201, WRITERS),
    "DELETE /api/sessions/{session_id}/room-tokens/{token}": answering(204, FACILITATORS),
    "POST /api/sessions/{session_id}/inputs": answering(201, WRITERS),
    "GET /api/sessions/{session_id}/inputs": MEMBERS,
    "PATCH /api/sessions/{session_id}/inputs/{input_id}": (401, 404, 403, 200, 404, 404),
    "DELETE /api/sessions/{session_id}/inputs/{input_id}": (401, 404, 403, 204, 404, 404),
    "POST /api/sessions/{session_id}/inputs/{input_id}/erase": (401, 404, 403, 202, 404, 404),
    "GET /api/sessions/{session_id}/erasures": MEMBERS,
    "POST /api/sessions/{session_id}/erasures/{erasure_id}/again": (401, 404, 403, 202, 404, 404),
    "GET /api/sessions/{session_id}/interview": WRITERS,
    "POST /api/sessions/{session_id}/interview": answering(201, WRITERS),
    # everybody's own: the facilitator has begun none
    "POST /api/sessions/{session_id}/interview/answers": (401, 404, 403, 201, 404, 404),
    "PUT /api/sessions/{session_id}/interview/points/{point}": (401, 404, 403, 200, 404, 404),
    "POST /api/sessions/{session_id}/interview/finish": (401, 404, 403, 200, 404, 404),
    "DELETE /api/sessions/{session_id}/interview": (401, 404, 403, 204, 404, 404),
    "OPTIONS /api/sessions/{session_id}/uploads": answering(204, OPEN),
    "OPTIONS /api/sessions/{session_id}/uploads/{upload_id}": answering(204, OPEN),
    "POST /api/sessions/{session_id}/uploads": answering(201, WRITERS),
    "POST /api/sessions/{session_id}/uploads/{upload_id}": (401, 404, 403, 200, 404, 404),
    "PATCH /api/sessions/{session_id}/uploads/{upload_id}": (401, 404, 403, 204, 404, 404),
    "DELETE /api/sessions/{session_id}/uploads/{upload_id}": (401, 404, 403, 204, 404, 404),
    "POST /api/sessions/{session_id}/direct-uploads": answering(201, WRITERS),
    # nothing has been put to its address
    "POST /api/sessions/{session_id}/direct-uploads/{upload_id}/complete": (
        401,
        404,
        403,
        409,
        404,
        404,
    ),
    # the address is the right, and this is none
    "GET /api/files/{key:path}": answering(403, OPEN),
    "PUT /api/files/{key:path}": answering(403, OPEN),
    "GET /api/sessions/{session_id}/documents": MEMBERS,
    "GET /api/sessions/{session_id}/documents/{document_id}": (401, 404, 404, 200, 404, 404),
    "GET /api/sessions/{session_id}/documents/{document_id}/text": (401, 404, 404, 200, 404, 404),
    "GET /api/sessions/{session_id}/documents/{document_id}/file": (401, 404, 404, 200, 404, 404),
    "GET /api/sessions/{session_id}/documents/{document_id}/link": (401, 404, 404, 200, 404, 404),
    "GET /api/sessions/{session_id}/documents/{document_id}/contents": OWN_DOCUMENT,
    "GET /api/sessions/{session_id}/documents/{document_id}/passage": OWN_DOCUMENT,
    "GET /api/sessions/{session_id}/documents/{document_id}/pages/{number}.png": OWN_DOCUMENT,
    "PATCH /api/sessions/{session_id}/documents/{document_id}": (401, 404, 403, 200, 404, 404),
    "DELETE /api/sessions/{session_id}/documents/{document_id}": (401, 404, 403, 204, 404, 404),
    "GET /api/sessions/{session_id}/search": MEMBERS,
    "POST /api/sessions/{session_id}/critiques": answering(201, WRITERS),
    "GET /api/sessions/{session_id}/critiques": MEMBERS,
    "POST /api/sessions/{session_id}/critiques/{critique}/resolve": WRITERS,
    "GET /api/sessions/{session_id}/suggestions": MEMBERS,
    # the participant is first; the facilitator finds it decided
    "POST /api/sessions/{session_id}/suggestions/{suggestion}/accept": (
        401,
        404,
        403,
        200,
        409,
        404,
    ),
    "POST /api/sessions/{session_id}/suggestions/{suggestion}/reject": (
        401,
        404,
        403,
        200,
        409,
        404,
    ),
    "GET /api/sessions/{session_id}/news": MEMBERS,
    "POST /api/sessions/{session_id}/visits": MEMBERS,
    "GET /api/sessions/{session_id}/versions": MEMBERS,
    "GET /api/sessions/{session_id}/versions/{version}": MEMBERS,
    "POST /api/sessions/{session_id}/versions/{version}/restore": FACILITATORS,
    "GET /api/sessions/{session_id}/deliberation": MEMBERS,
    "PUT /api/sessions/{session_id}/rule": FACILITATORS,
    "GET /api/sessions/{session_id}/polls/{poll}": MEMBERS,
    # a facilitator is asked only where the rule says so
    "POST /api/sessions/{session_id}/polls/{poll}/ballots": (401, 404, 403, 201, 409, 404),
    "PUT /api/sessions/{session_id}/participants/{participant}/delegation": FACILITATORS,
    "POST /api/sessions/{session_id}/dissents": answering(201, WRITERS),
    "GET /api/sessions/{session_id}/dissents": MEMBERS,
    # nobody but its author, not even the facilitator
    "PATCH /api/sessions/{session_id}/dissents/{note}": (401, 404, 403, 200, 404, 404),
    "DELETE /api/sessions/{session_id}/dissents/{note}": (401, 404, 403, 204, 404, 404),
    "POST /api/sessions/{session_id}/rounds": answering(202, FACILITATORS),
    "GET /api/sessions/{session_id}/rounds": MEMBERS,
    "POST /api/sessions/{session_id}/rounds/{round_id}/rankings": answering(201, WRITERS),
    "POST /api/sessions/{session_id}/rounds/{round_id}/close": FACILITATORS,
    "PUT /api/sessions/{session_id}/consent": WRITERS,
    "GET /api/sessions/{session_id}/measures": MEMBERS,
    "GET /api/sessions/{session_id}/heard": MEMBERS,
    "POST /api/sessions/{session_id}/heard/{citation}/dispute": (401, 404, 403, 201, 404, 404),
    "POST /api/sessions/{session_id}/refine": answering(202, FACILITATORS),
    "GET /api/sessions/{session_id}/runs/{run}": MEMBERS,
    "GET /api/sessions/{session_id}/events": MEMBERS,
    "GET /api/sessions/{session_id}/export.md": MEMBERS,
    "GET /api/sessions/{session_id}/report.{kind}": MEMBERS,
    "GET /api/audit-key": OPEN,
    # the code a socket is closed with, 0 for let in
    "WS /yjs/{room:path}": (4401, 4403, 0, 0, 0, 4403),
}

BODIES: dict[str, dict[str, Any]] = {
    "POST /api/sessions": {"title": "Another one", "question": "Which?", "type": "other"},
    "PATCH /api/sessions/{session_id}": {"title": "A better title"},
    "POST /api/sessions/{session_id}/phase": {"phase": "drafting"},
    "POST /api/sessions/{session_id}/invitations": {},
    "POST /api/sessions/{session_id}/room-tokens": {"role": "participant", "expires_in": 60},
    "POST /api/sessions/{session_id}/inputs": {"text": "Buses on Sundays."},
    "PATCH /api/sessions/{session_id}/inputs/{input_id}": {"text": "Buses on Mondays."},
    "POST /api/sessions/{session_id}/interview/answers": {"turn": 0, "answer": "Buses."},
    "PUT /api/sessions/{session_id}/interview/points/{point}": {"verdict": "confirmed"},
    "POST /api/sessions/{session_id}/rounds": {"candidates": 2},
    "POST /api/sessions/{session_id}/rounds/{round_id}/rankings": {"ranking": []},
    "PUT /api/sessions/{session_id}/consent": {"predictable": True},
    "PUT /api/sessions/{session_id}/rule": {"kind": "unanimity"},
    "POST /api/sessions/{session_id}/polls/{poll}/ballots": {"choice": "object"},
    "PUT /api/sessions/{session_id}/participants/{participant}/delegation": {"delegation": "x"},
    "POST /api/sessions/{session_id}/dissents": {"text": "Not like this."},
    "POST /api/sessions/{session_id}/heard/{citation}/dispute": {"text": "Only on Sundays."},
    "PATCH /api/sessions/{session_id}/dissents/{note}": {"text": "Still not."},
    "PATCH /api/sessions/{session_id}/documents/{document_id}": {"quote": "named"},
    "POST /api/sessions/{session_id}/direct-uploads": {"name": "a.txt", "size": 10},
    "POST /api/sessions/{session_id}/critiques": {"text": "Too loud.", "visibility": "open"},
}


_VOTE = "POST /api/sessions/{session_id}/polls/{poll}/ballots"

#: Calls that speak tus.
TUS_HEADERS = {
    "tus-resumable": "1.0.0",
    "upload-length": "10",
    "upload-offset": "0",
    "content-type": "application/offset+octet-stream",
    "x-http-method-override": "HEAD",
}


def route_table() -> set[str]:
    """Return every route of the application, as ``METHOD path``."""
    app = create_app(make_settings(Path("unused")))
    found = set()
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, WebSocketRoute):
            found.add(f"WS {route.path}")
        else:
            assert isinstance(route, Route), f"a new kind of route: {route!r}"
            methods = (route.methods or set()) - {"HEAD"}
            found |= {f"{method} {route.path}" for method in methods}
    return found


def test_every_route_is_in_the_table() -> None:
    assert route_table() == set(EXPECTED)


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    """The bot sets to work only when it is told to."""
    return {"refine_debounce_seconds": 3600, "refine_max_wait_seconds": 3600}


@pytest.fixture(scope="module")
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody."""
    async with cast(app) as found:
        yield found


@pytest.fixture
async def own(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody, in a session where nothing has happened yet."""
    async with cast(app) as found:
        yield found


def changes_who_somebody_is(route: str) -> bool:
    """Whether a call would spoil the cast for the next one, or needs a fresh session."""
    return route in ("POST /api/sign-in", "POST /api/sign-out", "POST /api/join") or (
        any(
            one in route
            for one in (
                "{suggestion}",
                "{poll}",
                "{citation}",
                "/rounds",
                "/interview",
                "/erase",
                "/again",
            )
        )
    )


async def fill_in(app: RunningApp, people: Cast, route: str) -> str:
    """Return a route's path with ids of things that exist and are the participant's, if they are anybody's."""
    session = people.session["id"]
    values = {"session_id": session, "session": session, "kind": "json"}
    if "{path:path}" in route:
        values["path:path"] = "index.html"
    if any(one in route for one in ("{input_id}", "{suggestion}", "{run}", "{citation}")):
        gave = await people.participant.post(
            f"{people.path}/inputs", json={"text": "The harbour should have a quiet basin."}
        )
        values["input_id"] = gave.json()["id"]
    if any(one in route for one in ("{suggestion}", "{run}", "{citation}")):
        values["run"] = (await refine(app, people.script, session))["id"]
        found = (await people.script.get(f"{people.path}/suggestions")).json()["suggestions"]
        values["suggestion"] = found[0]["id"]
        values["citation"] = found[0]["sources"][0]["citation"]
    if "{erasure_id}" in route:
        erased = await people.participant.post(
            f"{people.path}/inputs", json={"text": "Away with it."}
        )
        values["erasure_id"] = erased.json()["id"]
        await people.participant.post(f"{people.path}/inputs/{erased.json()['id']}/erase")
    if "{version}" in route:
        await write(app, people, "The harbour grows.")
        found = (await people.script.get(f"{people.path}/versions")).json()["versions"]
        values["version"] = str(found[0]["version"])
    values |= {"key:path": "nothing", "number": "1"}
    if "{upload_id}" in route:
        values["upload_id"] = await begin(people.participant, people, 10)
        values["upload_id"] = values["upload_id"].rpartition("/")[2]
    if "{document_id}" in route:
        file = pdf(line("Hello")) if "/pages/" in route else "# Hello"
        values["document_id"] = await give(people.participant, people.path, file)
        await ended(people.participant, people.path, values["document_id"])
    if "{critique}" in route:
        gave = await people.participant.post(
            f"{people.path}/critiques", json={"text": "No.", "visibility": "open"}
        )
        values["critique"] = gave.json()["id"]
    if "{invitation}" in route:
        values["invitation"] = (await invite(people.script, session))["id"]
    if "{token}" in route:
        made = await people.script.post(f"{people.path}/room-tokens", json={"expires_in": 60})
        values["token"] = made.json()["id"]
    if "{participant}" in route:
        found = (await people.script.get(people.path)).json()
        values["participant"] = found["participants"][-1]["id"]
    if "{note}" in route:
        wrote = await people.participant.post(f"{people.path}/dissents", json={"text": "No."})
        values["note"] = wrote.json()["id"]
    if "/interview/" in route or route.startswith("DELETE /api/sessions/{session_id}/interview"):
        await people.participant.post(f"{people.path}/interview")
    if "/points/" in route or "/finish" in route:
        said = {"turn": 0, "answer": "Buses.", "enough": True}
        await people.participant.post(f"{people.path}/interview/answers", json=said)
        values["point"] = "p1"
    if "/finish" in route:
        point = f"{people.path}/interview/points/p1"
        await people.participant.put(point, json={"verdict": "confirmed"})
    if "/rounds" in route:
        await people.participant.post(f"{people.path}/inputs", json={"text": "Quiet, please."})
        await people.script.post(f"{people.path}/phase", json={"phase": "drafting"})
    if "{round_id}" in route:
        values["round_id"] = (await open_round(app, people))["id"]
    if "{poll}" in route:
        poll = await open_poll(app, people)
        values["poll"] = poll["id"]
        BODIES[_VOTE]["text_hash"] = poll["text_hash"]
    path = route.split(" ", 1)[1]
    path = re.sub(r"\{([\w:]+)\}", lambda found: values[found.group(1)], path)
    return f"{path}?q=harbour" if path.endswith("/search") else path


def body_of(route: str, people: Cast) -> dict[str, Any] | None:
    """Return what a call needs."""
    if route == "POST /api/sign-in":
        return {"token": TOKEN}
    if route in ("POST /api/join", "POST /api/invitations/preview"):
        return {"invitation": people.participant_link.split("#")[1], "name": "Ana"}
    return BODIES.get(route)


@pytest.mark.parametrize("route", sorted(route for route in EXPECTED if not route.startswith("WS")))
async def test_everybody_gets_what_the_table_says(
    app: RunningApp, people: Cast, route: str
) -> None:
    async with AsyncExitStack() as stack:
        if changes_who_somebody_is(route):
            people = await stack.enter_async_context(cast(app))
        await check_row(app, people, route)


async def check_row(app: RunningApp, people: Cast, route: str) -> None:
    """Let everybody make a call."""
    path = await fill_in(app, people, route)
    got = {}
    for role in ROLES:
        status = await ask(people.as_(role), route.split(" ", 1)[0], path, body_of(route, people))
        got[role] = status
    assert got == dict(zip(ROLES, EXPECTED[route], strict=True))


async def ask(
    client: httpx2.AsyncClient, method: str, path: str, body: dict[str, Any] | None
) -> int:
    """Send a request; return its status without waiting for the end of the answer, which a stream has not."""
    headers = TUS_HEADERS if "/uploads" in path else {}
    async with client.stream(method, path, json=body, headers=headers) as answer:
        return answer.status_code


async def test_everybody_gets_into_the_rooms_the_table_says(app: RunningApp, people: Cast) -> None:
    address = f"{app.ws_url}/{people.session['room']}"
    got = {}
    for role in ROLES:
        headers = {"origin": app.url, "cookie": cookie_of(people.as_(role))}
        async with connect(address, additional_headers=headers) as socket:
            try:
                await socket.recv()
            except ConnectionClosed:
                got[role] = socket.close_code
            else:
                got[role] = 0
    assert got == dict(zip(ROLES, EXPECTED["WS /yjs/{room:path}"], strict=True))


async def test_a_bearer_token_is_the_facilitator_without_a_browser(people: Cast) -> None:
    for path in ("", "/invitations", "/room-tokens", "/inputs", "/critiques", "/suggestions"):
        assert (await people.script.get(people.path + path)).status_code == 200
    found = (await people.script.get("/api/me")).json()
    assert found["facilitator"]["name"] == "Facilitator"
    assert found["people"] == []


@pytest.mark.parametrize(
    "header", [b"Bearer nobody's", b"bearer x", b"Bearer " + b"x" * 43, "Bearer ä".encode()]
)
async def test_a_bearer_token_of_nobody_is_refused_even_beside_a_good_cookie(
    people: Cast, header: bytes
) -> None:
    headers = {b"authorization": header}
    answer = await people.facilitator.get("/api/sessions", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["type"].endswith("/not-signed-in")


async def test_another_scheme_of_authorization_is_not_ours(people: Cast) -> None:
    headers = {"authorization": "Basic YTpi"}
    assert (await people.participant.get(people.path, headers=headers)).status_code == 200
    assert (await people.nobody.get(people.path, headers=headers)).status_code == 401


async def test_facilitators_see_only_their_own_sessions(people: Cast) -> None:
    mine = {one["id"] for one in (await people.facilitator.get("/api/sessions")).json()["sessions"]}
    others = {one["id"] for one in (await people.another.get("/api/sessions")).json()["sessions"]}
    assert people.session["id"] in mine
    assert people.session["id"] not in others
    assert mine.isdisjoint(others)


async def test_a_facilitator_whose_right_is_revoked_is_out_with_the_next_request(
    app: RunningApp,
) -> None:
    token = new_secret()
    made = await app.services.database.write(facilitators.add, "Eve", token)
    async with api(app.url, token) as script, signed_in(app.url, token) as browser:
        session = await new_session(script)
        await app.services.database.write(facilitators.revoke, made.id)
        assert (await script.get("/api/sessions")).status_code == 401
        assert (await browser.get(f"/api/sessions/{session['id']}")).status_code == 401
        assert (await browser.get("/api/me")).json()["facilitator"] is None


async def test_inputs_and_private_critiques_are_their_authors_alone(
    app: RunningApp, own: Cast
) -> None:
    await own.participant.post(f"{own.path}/inputs", json={"text": "Only for the bot."})
    for visibility in ("private", "open"):
        await own.participant.post(
            f"{own.path}/critiques",
            json={"text": f"This one is {visibility}.", "visibility": visibility},
        )
    for role, seen in (("participant", 1), ("observer", 0), ("facilitator", 0)):
        found = (await own.as_(role).get(f"{own.path}/inputs")).json()["inputs"]
        assert len(found) == seen
        found = (await own.as_(role).get(f"{own.path}/critiques")).json()["critiques"]
        assert len(found) == 1 + seen
    everybody = await own.facilitator.get(f"{own.path}/inputs?all=1")
    assert everybody.status_code == 403
    assert everybody.json()["type"].endswith("/inputs-are-private")
    private = (await own.participant.get(f"{own.path}/critiques")).json()["critiques"][0]
    answer = await own.facilitator.post(f"{own.path}/critiques/{private['id']}/resolve")
    assert answer.status_code == 404


async def test_where_the_session_says_so_the_facilitator_reads_inputs_and_nobody_else(
    app: RunningApp, people: Cast
) -> None:
    session = await new_session(people.script, facilitator_reads_inputs=True)
    path = f"/api/sessions/{session['id']}/inputs"
    async with participant(app.url, session["invitations"][0]["link"], "Ana") as (ana, _):
        await ana.post(path, json={"text": "Read me."})
        assert (await ana.get(f"{path}?all=1")).status_code == 403
    found = (await people.facilitator.get(f"{path}?all=1")).json()["inputs"]
    assert [one["text"] for one in found] == ["Read me."]


async def test_several_people_in_one_browser_are_told_apart_by_accord_as(
    app: RunningApp, own: Cast
) -> None:
    first, second = (one["link"] for one in own.session["invitations"])
    async with participant(app.url, first, "Ana") as (browser, ana):
        joined = await browser.post(
            "/api/join", json={"invitation": second.split("#")[1], "name": "Ben"}
        )
        ben = joined.json()
        del browser.headers["accord-as"]

        async def name(**how: Any) -> str:
            answer = await browser.get(own.path, **how)
            return str(answer.json()["me"]["name"]) if answer.status_code == 200 else "404"

        assert await name() == "Ben"  # who joined last
        assert await name(headers={"accord-as": ana["participant"]}) == "Ana"
        assert await name(headers={"accord-as": ben["participant"]}) == "Ben"
        assert await name(params={"as": ana["participant"]}) == "Ana"
        assert await name(headers={"accord-as": "somebody else"}) == "404"
        people_here = (await browser.get("/api/me")).json()["people"]
        assert [one["name"] for one in people_here] == ["Ben", "Ana"]
        assert {one["session"] for one in people_here} == {own.session["id"]}
        mine = {"accord-as": ana["participant"]}
        await browser.post(f"{own.path}/inputs", json={"text": "Ana's."}, headers=mine)
        assert (await browser.get(f"{own.path}/inputs")).json()["inputs"] == []
        assert len((await browser.get(f"{own.path}/inputs", headers=mine)).json()["inputs"]) == 1


async def test_a_facilitator_who_joins_their_own_session_can_be_both(
    app: RunningApp, people: Cast
) -> None:
    async with signed_in(app.url) as browser:
        invitation = people.session["invitations"][1]["link"].split("#")[1]
        joined = (
            await browser.post("/api/join", json={"invitation": invitation, "name": "Myself"})
        ).json()
        assert (await browser.get(people.path)).json()["me"]["role"] == "facilitator"
        as_participant = {"accord-as": joined["participant"]}
        found = (await browser.get(people.path, headers=as_participant)).json()["me"]
        assert (found["participant"], found["name"]) == (joined["participant"], "Myself")
        assert (found["role"], found["predictable"]) == ("participant", False)


async def test_nobody_can_be_somebody_by_naming_them(people: Cast) -> None:
    session = (await people.facilitator.get(people.path)).json()
    for one in session["participants"]:
        headers = {"accord-as": one["id"]}
        assert (await people.nobody.get(people.path, headers=headers)).status_code == 401
        assert (await people.stranger.get(people.path, headers=headers)).status_code == 404
        if one["role"] == "facilitator":
            answer = await people.participant.get(people.path, headers=headers)
            assert answer.status_code == 404


async def test_sixty_people_behind_one_address_join_at_once(app: RunningApp) -> None:
    async with api(app.url) as facilitator:
        session = await new_session(
            facilitator, stakeholders=[f"p{number}@example.org" for number in range(60)]
        )
    address = f"{app.ws_url}/{session['room']}"

    async def come_in(number: int, link: str) -> str:
        async with participant(app.url, link, f"Person {number}") as (client, joined):
            headers = {"origin": app.url, "cookie": cookie_of(client)}
            async with connect(address, additional_headers=headers) as socket:
                assert (await socket.recv())[:2] == b"\x00\x00"
            return str(joined["participant"])

    found = await asyncio.gather(
        *(come_in(number, one["link"]) for number, one in enumerate(session["invitations"]))
    )
    assert len(set(found)) == 60

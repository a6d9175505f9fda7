"""`web.errors`: whatever is sent, the answer is a problem that people can read and programs can switch on."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from collab.errors import AnchorLost, ProtocolError, Stale
from rooms.errors import NotSaved, RoomClosed, RoomFull
from store.errors import Conflict, DataDamaged, NotFound
from tests.harness import RunningApp, api
from tests.web.people import Cast, cast
from web import app as application
from web.errors import PROBLEMS, Problem, not_signed_in, problem_of


@pytest.fixture(scope="module")
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody."""
    async with cast(app) as found:
        yield found


def assert_problem(response: Any, status: int, kind: str) -> dict[str, Any]:
    """Check the form of an answer; return its body."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    body: dict[str, Any] = response.json()
    assert set(body) - {"errors"} == {"type", "title", "status", "detail"}
    assert body["type"] == PROBLEMS + kind
    assert body["status"] == status
    assert re.fullmatch(r"[a-z0-9-]+", kind)
    assert body["detail"].endswith(".")
    return body


def calls_with_a_body() -> list[tuple[str, str]]:
    """Return method and path of every call that takes JSON."""
    found = []
    for module in application._API:
        for context in iter_route_contexts(module.router.routes):
            route = context.original_route
            if isinstance(route, APIRoute) and route.body_field is not None:
                found += [(method, str(route.path)) for method in sorted(route.methods or ())]
    assert len(found) >= 12
    return found


def address(path: str, people: Cast) -> str:
    """Fill in a path."""
    path = path.replace("{session_id}", people.session["id"])
    return re.sub(r"\{\w+\}", "AAAAAAAAAAAAAAAAAAAAAA", path)


@pytest.mark.parametrize(("method", "path"), calls_with_a_body())
async def test_a_body_that_is_no_json_is_refused_by_every_call(
    people: Cast, method: str, path: str
) -> None:
    for content in (b"{", b"title=x", b"\xff\xfe", b"[" * 100_000, b"{'a': 1}"):
        answer = await people.facilitator.request(
            method,
            address(path, people),
            content=content,
            headers={"content-type": "application/json"},
        )
        assert_problem(answer, 400, "not-json")


@pytest.mark.parametrize(("method", "path"), calls_with_a_body())
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_json_that_does_not_say_so_is_refused_by_every_call(
    people: Cast, method: str, path: str, content_type: str
) -> None:
    answer = await people.facilitator.request(
        method, address(path, people), content=b"{}", headers={"content-type": content_type}
    )
    assert_problem(answer, 415, "not-json")


@pytest.mark.parametrize(("method", "path"), calls_with_a_body())
async def test_json_of_another_shape_is_refused_by_every_call(
    people: Cast, method: str, path: str
) -> None:
    bodies: list[Any] = [[], "text", 7, True]
    for body in bodies:
        answer = await people.facilitator.request(method, address(path, people), json=body)
        problem = assert_problem(answer, 422, "invalid")
        assert problem["errors"][0]["field"] == "body"


WRONG: list[Any] = [None, 7, [], {}, "", "\ud800", "x" * 30_000, True]


@pytest.mark.parametrize(
    ("path", "good", "field"),
    [
        ("/api/sessions", {"title": "abc", "question": "why?", "type": "other"}, field)
        for field in ("title", "question", "type", "stakeholders", "facilitator_reads_inputs")
    ]
    + [("/api/join", {"invitation": "x" * 43, "name": "Ana"}, "name")]
    + [
        ("/api/sessions/{session_id}/inputs", {"text": "abc", "quote": "never"}, field)
        for field in ("text", "quote")
    ]
    + [
        ("/api/sessions/{session_id}/critiques", {"text": "a", "visibility": "private"}, field)
        for field in ("text", "visibility", "start", "end", "quote")
    ]
    + [
        ("/api/sessions/{session_id}/invitations", {}, field)
        for field in ("email", "role", "expires_in")
    ]
    + [
        ("/api/sessions/{session_id}/room-tokens", {"expires_in": 60}, field)
        for field in ("role", "expires_in", "subject")
    ],
)
async def test_a_field_of_the_wrong_type_is_named(
    people: Cast, path: str, good: dict[str, Any], field: str
) -> None:
    refused = 0
    for value in WRONG:
        content = json.dumps({**good, field: value})
        answer = await people.facilitator.post(
            address(path, people),
            content=content,
            headers={"content-type": "application/json"},
        )
        assert answer.status_code < 500, (value, answer.text)
        if answer.status_code == 422:
            refused += 1
            problem = assert_problem(answer, 422, "invalid")
            assert problem["errors"][0]["field"].split(".")[0] == field
    assert refused >= 4


async def test_what_is_wrong_is_told_field_by_field(people: Cast) -> None:
    answer = await people.facilitator.post(
        "/api/sessions",
        json={"title": "x", "question": "why?", "type": "war", "stakeholders": ["nobody"]},
    )
    problem = assert_problem(answer, 422, "invalid")
    assert {one["field"] for one in problem["errors"]} == {"title", "type", "stakeholders.0"}


async def test_an_unknown_path_under_the_api_is_a_problem(people: Cast) -> None:
    for path in ("/api", "/api/", "/api/nothing", "/api/sessions/", "/api/%00", "/api/%ff/x"):
        assert_problem(await people.facilitator.get(path), 404, "not-found")


async def test_a_wrong_method_is_told_with_the_right_ones(people: Cast) -> None:
    answer = await people.facilitator.put("/api/sign-in", json={})
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


async def test_unknown_ids_do_not_exist_whatever_they_look_like(people: Cast) -> None:
    for ident in ("AAAAAAAAAAAAAAAAAAAAAA", "x", "%00", "%ff", "'; DROP TABLE inputs; --", "🦊"):
        for path in (
            f"/api/sessions/{ident}",
            f"{people.path}/runs/{ident}",
            f"/api/sessions/{ident}/export.md",
        ):
            assert_problem(await people.facilitator.get(path), 404, "not-found")
        for path in (f"suggestions/{ident}/accept", f"critiques/{ident}/resolve"):
            assert_problem(await people.facilitator.post(f"{people.path}/{path}"), 404, "not-found")
        for path in ("inputs", "invitations", "room-tokens"):
            answer = await people.facilitator.delete(f"{people.path}/{path}/{ident}")
            assert_problem(answer, 404, "not-found")


async def test_a_failure_of_the_server_is_a_problem_without_its_insides(
    app: RunningApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*args: object, **kwargs: object) -> None:
        raise LookupError("the insides")

    async with api(app.url) as client:
        with monkeypatch.context() as patch:
            patch.setattr(type(app.services.database), "read", broken)
            with caplog.at_level(logging.ERROR, "web.errors"):
                answer = await client.get("/api/sessions")
        problem = assert_problem(answer, 500, "internal-error")
        assert "insides" not in str(problem)
        assert "the insides" in caplog.text
        assert len(caplog.records) == 1
        again = await client.get("/api/sessions")  # on the same connection
        assert again.status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (NotFound("session"), 404, "not-found"),
        (Conflict("already-decided", "somebody was first"), 409, "already-decided"),
        (Stale("the text has changed"), 409, "stale-suggestion"),
        (AnchorLost("nothing is there"), 409, "stale-suggestion"),
        (NotSaved("it could not be kept"), 503, "not-saved"),
        (RoomClosed("the server is stopping"), 503, "try-again"),
        (RoomFull("too many"), 503, "try-again"),
        (DataDamaged("it cannot be read"), 500, "document-damaged"),
        (ProtocolError("no update"), 400, "bad-edit"),
        (not_signed_in(), 401, "not-signed-in"),
        (Problem(418, "teapot", "Short and stout."), 418, "teapot"),
        (ZeroDivisionError("1/0"), 500, "internal-error"),
    ],
)
def test_every_error_of_ours_has_a_status_and_a_word(
    error: Exception, status: int, kind: str
) -> None:
    problem = problem_of(error)
    assert (problem.status_code, problem.kind) == (status, kind)
    assert problem.detail[0].isupper()
    assert problem.detail.endswith(".")


def test_who_may_try_again_is_told_when() -> None:
    assert problem_of(NotSaved("no")).headers == {"retry-after": "1"}
    assert not_signed_in().headers == {"www-authenticate": "Bearer"}

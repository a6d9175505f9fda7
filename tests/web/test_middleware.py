"""`web.middleware`: what every answer carries, and how much a request may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.harness import RunningApp, api
from web.middleware import CSP

LIMIT = 2048


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    """Small bodies only."""
    return {"max_body_bytes": LIMIT}


@pytest.mark.parametrize(
    "path", ["/", "/join", "/api/config", "/api/nothing", "/api/docs", "/health/live", "/static/x"]
)
async def test_every_answer_carries_the_headers_browsers_obey(app: RunningApp, path: str) -> None:
    async with api(app.url, None) as client:
        answer = await client.get(path)
    assert answer.headers["content-security-policy"] == CSP
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "strict-transport-security" not in answer.headers  # that is for HTTPS
    assert "server" not in answer.headers
    if path.startswith("/api/"):
        assert answer.headers["cache-control"] == "no-store"


def test_the_policy_lets_no_foreign_and_no_inline_script_in() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in CSP.split(";"))
    assert rules["script-src"] == rules["style-src"] == rules["default-src"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"


async def test_a_body_that_announces_too_much_is_refused(app: RunningApp) -> None:
    async with api(app.url) as client:
        answer = await client.post("/api/sessions", content=b"x" * (LIMIT + 1))
        assert answer.status_code == 413
        assert answer.json()["type"].endswith("/too-large")
        assert str(LIMIT) in answer.json()["detail"]
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_body_that_does_not_announce_its_length_is_counted(app: RunningApp) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 500

    async with api(app.url) as client:
        answer = await client.post(
            "/api/sessions", content=chunks(), headers={"content-type": "application/json"}
        )
        assert answer.status_code == 413
        assert answer.json()["type"].endswith("/too-large")


async def test_a_body_at_the_limit_is_read(app: RunningApp) -> None:
    body = b'{"title": "Harbour", "question": "How?", "type": "other"}'
    async with api(app.url) as client:
        answer = await client.post(
            "/api/sessions",
            content=body + b" " * (LIMIT - len(body)),
            headers={"content-type": "application/json"},
        )
        assert answer.status_code == 201

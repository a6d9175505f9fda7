"""`web.logs`: what a log line holds, and what no log line of a real server ever holds."""

from __future__ import annotations

import logging
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from store.ids import new_secret
from tests.harness import NEW_SESSION, TOKEN, api, participant, server_process
from web import logs
from web.logs import Formatter, redact

SECRET = "k3Zr_0yT-5uQwEbN8sVxCmLh2dFgJp4oAi7Yt6R1nXc"


@pytest.mark.parametrize(
    "text",
    [
        f"GET /yjs/room?token={SECRET}",
        f"GET /yjs/room?a=1&%74oken={SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"authorization: bearer {TOKEN}",
        f"Sec-WebSocket-Protocol: accord.{SECRET}",
        f"Cookie: accord-8000={SECRET}; a=b",
        f"/join#{SECRET}",
        f"ValueError: '{SECRET}'",
        f"invitation={TOKEN}",
        f"[SQL: UPDATE x SET y=?]\n[parameters: ('{TOKEN}', 'what [somebody] thinks')]",
    ],
)
def test_a_secret_is_taken_out_wherever_it_stands(text: str) -> None:
    assert SECRET not in redact(text)
    assert TOKEN not in redact(text)
    assert "somebody" not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "room opened",
        "/yjs/bV7X0m3H1Zk9QwErTyUiOp.1",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b",
    ],
)
def test_ids_and_words_are_kept(text: str) -> None:
    assert redact(text) == text


def record(message: str, **facts: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "web.test", "levelname": "INFO", "msg": message})
    made.__dict__.update(facts)
    return made


def test_a_line_ends_with_its_facts() -> None:
    line = Formatter("%(levelname)s %(name)s %(message)s").format(record("room opened", room=7))
    assert line == "INFO web.test room opened room=7"


def test_a_fact_cannot_begin_a_line_of_its_own() -> None:
    line = Formatter("%(message)s").format(record("failed", path='/x\n2026 INFO "forged"'))
    assert line == 'failed path="/x\\n2026 INFO \\"forged\\""'


def test_an_exception_is_redacted_too() -> None:
    try:
        raise ValueError(f"bad token={SECRET}")
    except ValueError:
        made = record("failed")
        made.exc_info = sys.exc_info()
    text = Formatter("%(message)s").format(made)
    assert "ValueError: bad token=***" in text
    assert SECRET not in text


def test_debugging_accord_does_not_set_other_libraries_talking() -> None:
    before = {
        name: logging.getLogger(name).level
        for name in ("", *logs._OURS, "uvicorn", "uvicorn.error")
    }
    handlers = logging.getLogger().handlers[:]
    try:
        logs.configure("debug")
        assert logging.getLogger("web.sockets").isEnabledFor(logging.DEBUG)
        assert logging.getLogger("uvicorn.error").getEffectiveLevel() == logging.INFO
        for foreign in ("anthropic", "httpx2", "sqlalchemy.engine", "websockets", "asyncio"):
            assert not logging.getLogger(foreign).isEnabledFor(logging.INFO)
    finally:
        logging.getLogger().handlers[:] = handlers
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


async def test_a_real_server_writes_down_no_token_and_no_input_however_they_came(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    secrets = [TOKEN]
    private = ["Sundays without buses", "the harbour is too loud"]
    with server_process(folder, ACCORD_LOG_LEVEL="debug") as server:
        async with api(server.url) as facilitator:
            await use_everything(server.url, server.ws_url, facilitator, secrets, private)
            with closing(sqlite3.connect(folder / "accord.db")) as database:
                for table in ("inputs", "room_tokens", "logins", "facilitators"):
                    database.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
                database.commit()
            failed = await facilitator.get("/api/sessions")
            assert failed.status_code == 500
            await use_everything(server.url, server.ws_url, facilitator, secrets, private, ok=False)
        assert server.stop() == 0
    log = (tmp_path / "data.log").read_text()
    assert "no such table: facilitators" in log  # the failures are there
    assert "/yjs/" in log
    assert [secret for secret in (*secrets, *private) if secret in log] == []


async def use_everything(
    url: str,
    ws_url: str,
    facilitator: httpx2.AsyncClient,
    secrets: list[str],
    private: list[str],
    *,
    ok: bool = True,
) -> None:
    """Bring every kind of secret to the server by every road; remember each."""
    wrong = new_secret()
    secrets.append(wrong)
    room, token, cookie = "no-room.1", wrong, wrong
    if ok:
        session = (await facilitator.post("/api/sessions", json=NEW_SESSION)).json()
        made = await facilitator.post(
            f"/api/sessions/{session['id']}/room-tokens",
            json={"role": "participant", "expires_in": 60},
        )
        room, token = session["room"], made.json()["token"]
        link = session["invitations"][0]["link"]
        secrets += [token, link.split("#")[1]]
        async with participant(url, link, "Ana") as (ana, _):
            cookie = (ana.cookies.jar and next(iter(ana.cookies.jar)).value) or ""
            secrets.append(cookie)
            gave = await ana.post(
                f"/api/sessions/{session['id']}/inputs", json={"text": private[0]}
            )
            assert gave.status_code == 201
            gave = await ana.post(
                f"/api/sessions/{session['id']}/critiques",
                json={"text": private[1], "visibility": "private"},
            )
            assert gave.status_code == 201
            await ana.post(f"/api/sessions/{session['id']}/inputs", json={"txt": private[0]})
    async with api(url, token=None) as browser:
        browser.headers["cookie"] = f"accord-{url.rsplit(':', 1)[1]}={cookie}"
        await browser.get("/api/me")
        await browser.post("/api/sign-in", json={"token": TOKEN})
        await browser.post("/api/sign-in", json={"token": wrong})
        await browser.post("/api/join", json={"invitation": wrong, "name": "Ana"})
        await browser.post("/api/join", json={"invitation": {"a": wrong}, "name": private[0]})
        await browser.post("/api/join", content=f'{{"invitation": "{wrong}'.encode())
        await browser.get("/api/sessions", params={"token": wrong, "invitation": wrong})
        await browser.get(f"/api/{wrong}")
        await browser.get("/api/me", headers={"authorization": f"Bearer {wrong}"})
        await browser.get("/api/me", headers={"authorization": f"Bearer {TOKEN}"})
    for query, offered in (
        (f"?token={token}", []),
        (f"?%74oken={token}", []),
        ("", [f"accord.{token}"]),
        (f"?token={wrong}", []),
        (f"?token={wrong}", []),
        (f"?%74oken={wrong}x", []),
        ("", [f"accord.{wrong}"]),
    ):
        with suppress(InvalidStatus, ConnectionClosed):
            subprotocols = [*offered] or None
            async with connect(
                f"{ws_url}/{room}{query}",
                subprotocols=subprotocols,  # type: ignore[arg-type]
                additional_headers={"cookie": f"x={cookie}"},
            ) as socket:
                await socket.recv()
                await socket.send(b"\x00\x02\x07" + private[0].encode())
                await socket.wait_closed()

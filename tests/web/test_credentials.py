"""`web.credentials`: what may come with a request, and from where. The server here is one behind HTTPS."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import HTTPConnection
from starlette.responses import Response
from websockets.exceptions import InvalidStatus

from tests.harness import NEW_SESSION, TOKEN, RunningApp, api
from tests.web.wire import peer, refusal
from web import credentials
from web.credentials import BadCredentials
from web.settings import Settings, read_settings

PUBLIC = "https://accord.example.org"


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    """A server that people reach over HTTPS."""
    return {"public_url": PUBLIC}


def plain(**changes: Any) -> Settings:
    """Return settings."""
    return read_settings(changes)


def connection(
    headers: dict[str, str] | None = None, *, kind: str = "http", scheme: str = "http", **more: Any
) -> HTTPConnection:
    """Return what a request looks like to a handler."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    return HTTPConnection(
        {
            "type": kind,
            "method": "POST",
            "scheme": scheme,
            "server": ("127.0.0.1", 8000),
            "path": "/",
            "root_path": "",
            "query_string": b"",
            "headers": raw,
            **more,
        }
    )


# -- cookies


def test_on_plain_http_the_cookies_name_holds_the_port() -> None:
    for host, name in (
        ("localhost:8001", "accord-8001"),
        ("localhost:8002", "accord-8002"),
        ("localhost", "accord-80"),
        ("localhost:99999", "accord-8000"),  # no host at all: the address it listens on
        ("localhost:x", "accord-8000"),
    ):
        assert credentials.cookie_name(plain(), connection({"host": host})) == name


def test_a_cookie_is_not_for_scripts_nor_for_other_sites() -> None:
    response = Response()
    credentials.write_cookie(plain(), connection({"host": "localhost:8000"}), response, "secret")
    written = response.headers["set-cookie"]
    assert written.startswith("accord-8000=secret;")
    parts = {part.strip().lower() for part in written.split(";")}
    assert {"httponly", "samesite=lax", "path=/", f"max-age={30 * 24 * 3600}"} <= parts
    assert "secure" not in parts


@pytest.mark.parametrize(
    ("settings", "scheme"), [({"public_url": PUBLIC}, "http"), ({}, "https"), ({}, "wss")]
)
def test_over_https_the_cookie_is_bound_to_this_host(settings: dict[str, Any], scheme: str) -> None:
    response = Response()
    here = connection({"host": "accord.example.org"}, scheme=scheme)
    credentials.write_cookie(plain(**settings), here, response, "secret")
    written = response.headers["set-cookie"]
    assert written.startswith("__Host-accord=secret;")
    assert "; Secure" in written
    assert "Path=/" in written
    assert "Domain" not in written


async def test_joining_over_https_sets_the_cookie_and_the_cookie_signs_in(app: RunningApp) -> None:
    async with api(app.url) as script:
        session = (await script.post("/api/sessions", json=NEW_SESSION)).json()
    invitation = session["invitations"][0]["link"]
    assert invitation.startswith(f"{PUBLIC}/join#")
    async with api(app.url, None) as browser:
        browser.headers["origin"] = PUBLIC
        joined = await browser.post(
            "/api/join", json={"invitation": invitation.split("#")[1], "name": "Ana"}
        )
        written = joined.headers["set-cookie"]
        name, _, secret = written.split(";")[0].partition("=")
        assert name == "__Host-accord"
        assert "HttpOnly" in written
        assert "SameSite=lax" in written
        assert "Secure" in written
        browser.headers["cookie"] = (
            f"{name}={secret}"  # a browser would, the library sees plain HTTP
        )
        found = await browser.get(f"/api/sessions/{session['id']}")
        assert found.json()["me"]["name"] == "Ana"
        assert "strict-transport-security" in found.headers
        headers = {"origin": PUBLIC, "cookie": f"{name}={secret}"}
        async with peer(f"{app.ws_url}/{session['room']}", additional_headers=headers):
            pass
        signed_out = await browser.post("/api/sign-out")
        assert "Max-Age=0" in signed_out.headers["set-cookie"]
        assert (await browser.get(f"/api/sessions/{session['id']}")).status_code == 401


# -- where a request comes from


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://accord.example.org"},
        {"origin": "https://accord.example.org.evil.example"},
        {"origin": "https://accord.example.org:8443"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_another_sites_page_changes_nothing_with_our_cookie(
    app: RunningApp, headers: dict[str, str]
) -> None:
    async with api(app.url, None) as browser:
        del browser.headers["origin"]
        for path, body in (
            ("/api/sign-in", {"token": TOKEN}),
            ("/api/join", {"invitation": "x" * 43, "name": "Eve"}),
            ("/api/sign-out", {}),
            ("/api/sessions", NEW_SESSION),
        ):
            answer = await browser.post(path, json=body, headers=headers)
            assert answer.status_code == 403
            assert answer.json()["type"].endswith("/foreign-origin")
            assert "ACCORD_PUBLIC_URL" in answer.json()["detail"]


async def test_a_script_with_a_bearer_token_has_no_origin_to_show(app: RunningApp) -> None:
    async with api(app.url) as script:
        for headers in ({}, {"origin": "https://evil.example"}):
            answer = await script.post("/api/sessions", json=NEW_SESSION, headers=headers)
            assert answer.status_code == 201


async def test_reading_is_not_changing(app: RunningApp) -> None:
    async with api(app.url, None) as browser:
        answer = await browser.get("/api/config", headers={"origin": "https://evil.example"})
        assert answer.status_code == 200
        assert "access-control-allow-origin" not in answer.headers


def test_without_a_public_url_our_page_is_what_the_request_came_to() -> None:
    here = {"host": "localhost:8000"}
    for origin, ours in (
        ("http://localhost:8000", True),
        ("https://localhost:8000", False),
        ("http://localhost", False),
        ("http://localhost:8001", False),
        ("null", False),
        ("", False),
    ):
        found = connection({**here, "origin": origin})
        assert credentials.from_our_page(plain(), found) is ours
    assert credentials.from_our_page(plain(), connection(here))
    assert credentials.from_our_page(plain(), connection({**here, "sec-fetch-site": "same-origin"}))


def test_an_allowed_page_may_open_rooms_with_a_token_and_change_nothing_else() -> None:
    settings = plain(allowed_origins=("https://quill.example.org",))
    theirs = connection({"host": "localhost:8000", "origin": "https://quill.example.org"})
    assert credentials.origin_may_open_rooms(settings, theirs, by_token=True)
    assert not credentials.origin_may_open_rooms(settings, theirs, by_token=False)
    assert not credentials.from_our_page(settings, theirs)


async def test_the_address_it_listens_on_is_not_its_own_origin_when_it_has_a_public_url(
    app: RunningApp,
) -> None:
    with pytest.raises(InvalidStatus):
        await refusal(f"{app.ws_url}/x", additional_headers={"origin": app.url})


# -- tokens


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Bearer", None),
        ("Bearer ", None),
        ("Basic abc", None),
        ("", None),
    ],
)
def test_a_bearer_token_is_read_whatever_the_case_of_its_scheme(
    header: str, token: str | None
) -> None:
    assert credentials.bearer(connection({"authorization": header})) == token


def test_a_room_token_is_taken_from_the_query_or_else_from_a_sub_protocol() -> None:
    for query, offered, found in (
        (b"token=abc", (), ("abc", None)),
        (b"token=abc", ("accord.def",), ("abc", None)),
        (b"", ("y-sync", "accord.def"), ("def", "accord.def")),
        (b"", ("y-sync",), (None, None)),
        (b"token=", (), (None, None)),
    ):
        socket = connection(kind="websocket", query_string=query, subprotocols=offered)
        assert credentials.room_token(socket) == found


def test_links_begin_with_the_public_url_or_with_what_was_asked_for() -> None:
    here = connection({"host": "10.0.0.7:8000"})
    assert credentials.base_url(plain(), here) == "http://10.0.0.7:8000"
    assert credentials.base_url(plain(public_url=PUBLIC), here) == PUBLIC
    socket = connection({"host": "10.0.0.7"}, kind="websocket", scheme="wss")
    assert credentials.base_url(plain(), socket) == "https://10.0.0.7"


def test_a_bad_credential_is_remembered_for_a_minute() -> None:
    bad = BadCredentials(seconds=60)
    bad.add("abc", now=100.0)
    assert ("abc", 159.9) in bad
    assert ("abc", 160.0) not in bad
    assert ("abcd", 100.0) not in bad


def test_no_more_bad_credentials_are_remembered_than_fit() -> None:
    bad = BadCredentials(most=2)
    for number, credential in enumerate(("a", "b", "a", "c")):
        bad.add(credential, now=float(number))
    assert ("a", 4.0) in bad
    assert ("b", 4.0) not in bad
    assert ("c", 4.0) in bad

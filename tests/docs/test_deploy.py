"""`docs/deploy.md`: the proxies it tells to use, really running before a real server, and the files beside them."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.docs.proxies import DEPLOY, NAMES, Proxy, free_ports, running_proxy
from tests.e2e.conftest import missing
from tests.harness import NEW_SESSION, PATIENCE, TOKEN, ServerProcess, server_process
from tests.web.people import cookie_of, listening
from tests.web.wire import peer, room_token

Client = httpx2.AsyncClient


@dataclass(slots=True)
class Site:
    """A proxy and the server behind it."""

    proxy: Proxy
    server: ServerProcess

    @property
    def log(self) -> str:
        """What the server has written down."""
        return (self.server.folder.parent / f"{self.server.folder.name}.log").read_text()

    def proxy_logs(self) -> str:
        """What the proxy has written down, wherever."""
        files = [path for path in self.proxy.folder.rglob("*") if path.suffix == ".log"]
        return "\n".join(path.read_text() for path in files)

    @asynccontextmanager
    async def browser(
        self, *, base: str = "", address: str | None = None, **headers: str
    ) -> AsyncIterator[Client]:
        """Return a browser's client; `address` is where it sits."""
        url = base or self.proxy.url
        transport = httpx2.AsyncHTTPTransport(verify=self.proxy.trust, local_address=address)
        async with Client(
            base_url=url, headers={"origin": url, **headers}, transport=transport, timeout=PATIENCE
        ) as client:
            yield client


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module", params=NAMES)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    ports = free_ports()
    with (
        running_proxy(request.param, tmp_path_factory.mktemp("proxy"), ports) as proxy,
        server_process(
            tmp_path_factory.mktemp("site") / "data",
            port=ports.accord,
            ACCORD_PUBLIC_URL=proxy.url,
        ) as server,
    ):
        yield Site(proxy, server)


@pytest.fixture
async def session(site: Site) -> dict[str, Any]:
    """A session, made by a script through the proxy."""
    async with site.browser(authorization=f"Bearer {TOKEN}") as script:
        made = await script.post("/api/sessions", json=NEW_SESSION)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def join(browser: Client, session: dict[str, Any], which: int = 0) -> httpx2.Response:
    """Open an invitation's link."""
    link = session["invitations"][which]["link"]
    return await browser.post("/api/join", json={"invitation": link.split("#")[1], "name": "Ana"})


async def test_links_lead_to_the_proxy_and_its_page(site: Site, session: dict[str, Any]) -> None:
    link = session["invitations"][0]["link"]
    assert link.startswith(f"{site.proxy.url}/join#")
    async with site.browser() as browser:
        page = await browser.get(link.split("#")[0])
    assert page.status_code == 200
    assert page.headers["strict-transport-security"].startswith("max-age=")


async def test_plain_http_is_sent_on_to_https(site: Site) -> None:
    async with site.browser(base=f"http://localhost:{site.proxy.ports.http}") as browser:
        answer = await browser.get("/s/abc")
    assert answer.status_code in (301, 308)
    assert answer.headers["location"].startswith("https://localhost")
    assert answer.headers["location"].endswith("/s/abc")


async def test_joining_gives_a_cookie_for_https_and_this_host_only(
    site: Site, session: dict[str, Any]
) -> None:
    async with site.browser() as browser:
        joined = await join(browser, session)
        assert joined.status_code == 200, joined.text
        me = (await browser.get("/api/me")).json()
    cookie = joined.headers["set-cookie"]
    assert cookie.startswith("__Host-accord=")
    assert "; Secure" in cookie
    assert "; HttpOnly" in cookie
    assert [one["name"] for one in me["people"]] == ["Ana"]


async def test_an_edit_goes_from_one_person_to_another_through_wss(
    site: Site, session: dict[str, Any]
) -> None:
    address = f"{site.proxy.ws_url}/{session['room']}"
    async with site.browser(authorization=f"Bearer {TOKEN}") as script, site.browser() as browser:
        token = await room_token(script, session["id"])
        await join(browser, session)
        headers = {"cookie": cookie_of(browser), "origin": site.proxy.url}
        async with (
            peer(address, ssl=site.proxy.trust, additional_headers=headers) as ana,
            peer(f"{address}?token={token}", ssl=site.proxy.trust) as other,
        ):
            await ana.write("Über die Brücke. ")
            await other.until(lambda: other.text.startswith("Über die Brücke. "))
            await other.write("Yes. ")
            await ana.until(lambda: ana.text.startswith("Yes. Über"))


async def test_pages_from_elsewhere_are_refused(site: Site, session: dict[str, Any]) -> None:
    async with site.browser() as browser:
        await join(browser, session)
        evil = {"origin": "https://evil.example"}
        answer = await browser.post("/api/sign-out", headers=evil)
        assert answer.status_code == 403
        assert answer.json()["type"].endswith("/foreign-origin")
        evil["cookie"] = cookie_of(browser)
        with pytest.raises(InvalidStatus) as refused:
            async with connect(
                f"{site.proxy.ws_url}/{session['room']}",
                ssl=site.proxy.trust,
                additional_headers=evil,
            ):
                pass
    assert refused.value.response.status_code == 403


async def test_the_proxy_says_where_people_come_from_and_nobody_else_can(site: Site) -> None:
    """The server writes down who tried a wrong token: 127.0.0.2 sits before the proxy, 127.0.0.3 beside it."""
    forged = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    async with site.browser(address="127.0.0.2") as browser:
        await browser.post("/api/sign-in", json={"token": "wrong-token-1"}, headers=forged)
    assert site.log.splitlines()[-1].endswith("address=127.0.0.2")

    direct = {
        "base": f"http://127.0.0.1:{site.proxy.ports.accord}",
        "origin": site.proxy.url,
    }
    async with site.browser(address="127.0.0.3", **direct) as stranger:
        await stranger.post("/api/sign-in", json={"token": "wrong-token-2"}, headers=forged)
    assert site.log.splitlines()[-1].endswith("address=127.0.0.3")

    async with site.browser(address="127.0.0.1", **direct) as trusted:
        await trusted.post("/api/sign-in", json={"token": "wrong-token-3"}, headers=forged)
    assert site.log.splitlines()[-1].endswith("address=203.0.113.9")


async def test_figures_are_not_for_who_comes_through_the_proxy(site: Site) -> None:
    async with site.browser(address="127.0.0.2") as browser:
        assert (await browser.get("/metrics")).status_code == 404
    async with site.browser(base=f"http://127.0.0.1:{site.proxy.ports.accord}") as here:
        assert (await here.get("/metrics")).status_code == 200


async def test_a_file_comes_through_and_what_came_of_a_cut_one_is_kept(
    site: Site, session: dict[str, Any]
) -> None:
    async with site.browser() as browser:
        await join(browser, session)
        tus = {"tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream"}
        size = 6_000_000  # more than any other request may have
        made = await browser.post(
            f"/api/sessions/{session['id']}/uploads", headers={**tus, "upload-length": str(size)}
        )
        path = made.headers["location"]

        async def cut() -> AsyncIterator[bytes]:
            for _ in range(30):
                yield b"x" * 100_000
            async with asyncio.timeout(PATIENCE):
                while await _offset(site, browser, path) < 2_000_000:  # noqa: ASYNC110 - asked, not told
                    await asyncio.sleep(0.05)
            raise ConnectionAbortedError

        with pytest.raises(ConnectionAbortedError):
            await browser.patch(path, headers={**tus, "upload-offset": "0"}, content=cut())
        status = 409  # until the last bytes of the cut one are written, as clients expect it
        while status in (409, 423):
            at = await _offset(site, browser, path)
            assert 2_000_000 <= at < size
            headers = {**tus, "upload-offset": str(at)}
            sent = await browser.patch(path, headers=headers, content=b"x" * (size - at))
            status = sent.status_code
        assert status == 204
        assert await _offset(site, browser, path) == size


async def _offset(site: Site, browser: Client, path: str) -> int:
    """Return how much of an upload has arrived, by a line of its own."""
    async with site.browser(cookie=cookie_of(browser)) as other:
        answer = await other.head(path, headers={"tus-resumable": "1.0.0"})
        return int(answer.headers["upload-offset"])


async def test_events_are_passed_on_at_once(site: Site, session: dict[str, Any]) -> None:
    path = f"/api/sessions/{session['id']}"
    async with site.browser() as browser, asyncio.timeout(5):  # a heartbeat comes after 15 s
        await join(browser, session)
        async with listening(browser, path) as events:
            for count in (1, 2):
                given = await browser.post(f"{path}/inputs", json={"text": "Buses on Sundays."})
                assert given.status_code == 201
                async for name, data in events:
                    if name == "inputs":
                        assert data["count"] == count
                        break


async def test_what_is_too_large_is_refused_by_accord_itself(
    site: Site, session: dict[str, Any]
) -> None:
    async with site.browser() as browser:
        await join(browser, session)
        text = "x" * (1024 * 1024 + 1)
        answer = await browser.post(f"/api/sessions/{session['id']}/inputs", json={"text": text})
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("/too-large")


async def test_no_log_keeps_a_token_not_even_while_the_server_is_away(
    site: Site, session: dict[str, Any]
) -> None:
    """The last one: it stops the server."""
    address = f"{site.proxy.ws_url}/{session['room']}"
    async with site.browser(authorization=f"Bearer {TOKEN}") as script:
        token = await room_token(script, session["id"])

    async def try_all() -> None:
        for query, protocols in ((f"?token={token}", None), ("", [Subprotocol(f"accord.{token}")])):
            async with peer(f"{address}{query}", ssl=site.proxy.trust, subprotocols=protocols):
                pass

    await try_all()
    assert site.server.stop() == 0
    for query in (f"?token={token}", f"?%74oken={token}"):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(
                address + query, ssl=site.proxy.trust, subprotocols=[Subprotocol(f"accord.{token}")]
            ):
                pass
        assert refused.value.response.status_code == 502
    logs = site.proxy_logs()
    assert "/yjs/" in logs
    assert token not in logs
    assert token not in site.log


def test_the_service_file_is_one_systemd_understands(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze is not installed")
    unit = (DEPLOY / "accord.service").read_text()
    accord = "/opt/accord/.venv/bin/accord"
    assert f"ExecStart={accord} serve\n" in unit
    here = tmp_path / "accord.service"
    here.write_text(unit.replace(accord, "/bin/true").replace("file:///opt/accord", "file:///"))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(here)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert [line for line in said.stderr.splitlines() if "accord.service" in line] == []


def test_the_server_starts_with_the_settings_of_the_service(tmp_path: Path) -> None:
    lines = (DEPLOY / "accord.env").read_text().splitlines()
    settings = [line.removeprefix("#") for line in lines if "=" in line]
    values: dict[str, Any] = dict(line.split("=", 1) for line in settings)
    values |= {"ACCORD_DATA": str(tmp_path / "data")}
    with server_process(tmp_path / "data", **values) as server:
        assert server.url == "https://accord.example.org"

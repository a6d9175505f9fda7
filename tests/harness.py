"""Running servers for tests: the real application, in this process on a free port, or in one of its own."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.migrated import migrated
from web.app import create_app
from web.server import make_server
from web.services import Services
from web.settings import Settings

ROOT = Path(__file__).parent.parent

#: The first facilitator's token in every test.
TOKEN = "test-facilitator-token"

#: How long anything on loopback may take before a test says it hangs.
PATIENCE = 60.0


def make_settings(folder: Path, **changes: Any) -> Settings:
    """Return settings for a test: nothing from the environment, a free port, quick triggers."""
    values: dict[str, Any] = {
        "port": 0,
        "data": folder,
        "facilitator_token": TOKEN,
        "anthropic_api_key": None,
        "refine_debounce_seconds": 0.05,
        "refine_max_wait_seconds": 0.5,
    }
    values |= changes
    if "anthropic_api_key" in values:  # pydantic knows it by the variable's name only
        values["ANTHROPIC_API_KEY"] = values.pop("anthropic_api_key")
    return Settings(**values)


#: One for all clients: making it takes 50 ms.
_TLS = ssl.create_default_context()


@dataclass(slots=True)
class RunningApp:
    """A server of this process. `services` are its insides, to look at and to break."""

    url: str
    services: Services

    @property
    def ws_url(self) -> str:
        """Where its rooms are."""
        return self.url.replace("http", "ws", 1) + "/yjs"


@asynccontextmanager
async def running_app(folder: Path, **changes: Any) -> AsyncIterator[RunningApp]:
    """Run the application on a real socket."""
    settings = make_settings(folder, **changes)
    migrated(folder / "accord.db")
    app = create_app(settings)
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server = make_server(settings, app, ready=port.set_result)
    serving = asyncio.create_task(server.serve())
    try:
        waiting: list[asyncio.Future[Any]] = [serving, port]
        await asyncio.wait(waiting, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
        assert port.done(), "the server did not start"
        yield RunningApp(f"http://127.0.0.1:{port.result()}", app.state.services)
    finally:
        server.should_exit = True
        await asyncio.wait_for(serving, PATIENCE)


#: uvicorn closes what was silent for 5 s, and httpx keeps it as long: once in a while both at the same moment.
_KEPT_SHORTLY = httpx2.Limits(max_connections=100, keepalive_expiry=2.0)


@asynccontextmanager
async def api(base: str, token: str | None = TOKEN) -> AsyncIterator[httpx2.AsyncClient]:
    """Return an HTTP client: a facilitator's script by default, a browser that knows nobody with None."""
    headers = {"authorization": f"Bearer {token}"} if token else {"origin": base}
    async with httpx2.AsyncClient(
        base_url=base, headers=headers, timeout=PATIENCE, verify=_TLS, limits=_KEPT_SHORTLY
    ) as client:
        yield client


NEW_SESSION: dict[str, Any] = {
    "title": "Harbour development",
    "question": "How should the harbour grow?",
    "type": "strategic_planning",
    "stakeholders": ["ana@example.org", "ben@example.org"],
}


@asynccontextmanager
async def participant(
    base: str, link: str, name: str
) -> AsyncIterator[tuple[httpx2.AsyncClient, dict[str, Any]]]:
    """Join by an invitation link with a browser's client; yield it and what joining answered."""
    async with api(base, token=None) as client:
        joined = await client.post(
            "/api/join", json={"invitation": link.split("#")[1], "name": name}
        )
        assert joined.status_code == 200, joined.text
        client.headers["accord-as"] = joined.json()["participant"]
        yield client, joined.json()


@dataclass(slots=True)
class ServerProcess:
    """A server in a process of its own: it can be killed."""

    process: subprocess.Popen[str]
    url: str
    folder: Path

    @property
    def ws_url(self) -> str:
        """Where its rooms are."""
        return self.url.replace("http", "ws", 1) + "/yjs"

    def kill(self) -> None:
        """End it as a power cut would end a process: SIGKILL."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def server_process(
    folder: Path, *, port: int = 0, command: list[str] | None = None, **environment: str
) -> Iterator[ServerProcess]:
    """Run ``accord serve`` on a data folder."""
    accord = shutil.which("accord", path=str(Path(sys.executable).parent)) or "accord"
    line = [*(command or [accord]), "serve", "--port", str(port), "--data", str(folder)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ACCORD_")}
    clean.pop("ANTHROPIC_API_KEY", None)
    log = (folder.parent / f"{folder.name}.log").open("a")
    process = subprocess.Popen(
        line,
        cwd=folder.parent,
        env={**clean, "ACCORD_FACILITATOR_TOKEN": TOKEN, **environment},
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        yield ServerProcess(process, _wait_until_ready(process, log.name), folder)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(PATIENCE)
        assert process.stdout is not None
        process.stdout.close()
        log.close()


def _wait_until_ready(process: subprocess.Popen[str], log: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if match := re.search(r"ready at\s+(\S+)", line):
            return match.group(1)
    raise AssertionError(f"the server did not start: {Path(log).read_text()[-2000:]}")

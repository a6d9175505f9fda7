"""The servers that are measured: how each is started, what it is asked for, how it is stopped."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from rooms.registry import seed
from store import facilitators, participants, rooms, roomtokens, sessions
from store.database import Database
from store.participants import Role
from store.sessions import Type
from web import datafolder

HERE = Path(__file__).parent

_PATIENCE_SECONDS = 30.0

#: What a server does right after its port is open is not what is measured.
_SETTLE_SECONDS = 1.0

#: Accord's limits, raised to what the load needs: all clients come from one address at once, one of them sends
#: 10,000 updates in a row, and one update is a whole document of 271 kB. Nothing is switched off.
_LIMITS = {
    "ACCORD_HANDSHAKES_PER_SECOND": "100000",
    "ACCORD_HANDSHAKES_BURST": "100000",
    "ACCORD_MESSAGES_PER_SECOND": "100000",
    "ACCORD_MESSAGES_BURST": "100000",
    "ACCORD_BYTES_PER_SECOND": "100000000",
    "ACCORD_BYTES_BURST": "100000000",
    "ACCORD_MAX_UPDATE_BYTES": "1000000",
}


@dataclass(frozen=True, slots=True)
class Server:
    """
    One of the servers.

    Attributes:
        title: As the table calls it.
        command: With ``{port}`` and ``{data}``, a folder of its own.
        package: The folder with its package.json, if it is a Node server.
        keeps: Whether it has the documents after a restart.
        hocuspocus: Whether it speaks Hocuspocus' protocol instead of y-websocket's.
        root: Its working folder.
    """

    title: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    package: str | None = None
    keeps: bool = False
    hocuspocus: bool = False
    root: Path = HERE


ACCORD = "accord"


def servers(accord: Path | None = None) -> dict[str, Server]:
    """
    Return all servers by name.

    Args:
        accord: Another checkout, to compare with the one this is: it is measured as `accord-before`.
    """
    found = {
        ACCORD: _accord("Accord", HERE.parent.parent, sys.executable),
        "yws": Server("y-websocket", ("node", "run.mjs"), {"PORT": "{port}"}, "yws"),
        "hocus": Server(
            "Hocuspocus", ("node", "run.mjs"), {"PORT": "{port}"}, "hocus", hocuspocus=True
        ),
        "hocus-sqlite": Server(
            "Hocuspocus + SQLite",
            ("node", "run.mjs"),
            {"PORT": "{port}", "SQLITE": "{data}/documents.sqlite"},
            "hocus",
            keeps=True,
            hocuspocus=True,
        ),
        "yws-level": Server(
            "y-websocket 2 + LevelDB",
            ("node", "run.cjs"),
            {"PORT": "{port}", "HOST": "127.0.0.1", "YPERSISTENCE": "{data}/level"},
            "yws-level",
            keeps=True,
        ),
    }
    if accord is not None:
        python = accord / ".venv" / "bin" / "python"
        found["accord-before"] = _accord("Accord before", accord, str(python))
    return found


def _accord(title: str, root: Path, python: str) -> Server:
    command = (python, "-P", "-m", "web.cli", "serve", "--port", "{port}", "--data", "{data}")
    return Server(title, command, {**_LIMITS, "PYTHONPATH": str(root)}, keeps=True, root=root)


class Running:
    """
    A server that runs: ``with Running(server, folder) as running:``.

    Args:
        data: Its folder; the same one again for a restart.
    """

    def __init__(self, server: Server, data: Path) -> None:
        self.server = server
        self._data = data
        self.port = _free_port()
        self._log = (data / "server.log").open("ab")

    def __enter__(self) -> Running:
        server = self.server
        names = {"port": str(self.port), "data": str(self._data)}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ACCORD")}
        given = {name: value.format_map(names) for name, value in server.environment.items()}
        self._process = subprocess.Popen(
            [part.format_map(names) for part in server.command],
            cwd=HERE / "peers" / server.package if server.package else server.root,
            env={**clean, **given},
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        try:
            self._wait_until_open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    @property
    def pids(self) -> list[int]:
        """The server's process and all its children."""
        found, waiting = [], [self._process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                waiting += [int(child) for child in children.read_text().split()]
        return found

    def _wait_until_open(self) -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                time.sleep(_SETTLE_SECONDS)
                return
        last = (self._data / "server.log").read_text(errors="replace")[-1500:]
        raise RuntimeError(f"{self.server.title} did not start: {last}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def install(server: Server) -> None:
    """
    Install a Node server as its package-lock.json pins it, once.

    Raises:
        RuntimeError: If npm is missing.
    """
    if server.package is None:
        return
    folder = HERE / "peers" / server.package
    lock = (folder / "package-lock.json").read_bytes()
    stamp = folder / "node_modules" / ".accord-lock"
    if stamp.exists() and stamp.read_bytes() == lock:
        return
    if shutil.which("npm") is None:
        raise RuntimeError(f"Node 20 with npm is needed to measure {server.title}")
    print(f"npm ci in {folder}", file=sys.stderr)
    subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
    stamp.write_bytes(lock)


def prepare_accord(data: Path, *, rooms: int, per_room: int) -> Path:
    """
    Make sessions in a fresh data folder, and a room token for each client: everybody is somebody else.

    Returns:
        A file with one line per client, room by room: what it asks the server for.
    """
    datafolder.migrate(data)
    targets = asyncio.run(_make_rooms(data, rooms, per_room))
    path = data / "targets"
    path.write_text("".join(f"{one}\n" for one in targets))
    return path


async def _make_rooms(data: Path, count: int, per_room: int) -> list[str]:
    async with Database(data / "accord.db") as database:
        token = datafolder.facilitator_token(data)
        facilitator = await database.write(facilitators.ensure, "Facilitator", token)

        def make(session: Session) -> list[str]:
            return [
                target
                for number in range(count)
                for target in _make_room(session, facilitator.id, number, per_room)
            ]

        return await database.write(make)


def _make_room(session: Session, facilitator: str, number: int, per_room: int) -> list[str]:
    one = sessions.add(
        session,
        facilitator_id=facilitator,
        title=f"Room {number}",
        question="How fast?",
        type_=Type.OTHER,
        facilitator_reads_inputs=False,
    )
    room = rooms.add(session, one.id)
    seed(session, room.id)
    me = participants.add(
        session,
        session_id=one.id,
        name="Facilitator",
        role=Role.FACILITATOR,
        facilitator_id=facilitator,
    )
    secrets = [
        roomtokens.add(
            session,
            session_id=one.id,
            made_by=me.id,
            role=Role.PARTICIPANT,
            subject=f"client {place}",
            name=f"Participant {place}",
            lifetime=timedelta(days=1),
        ).secret
        for place in range(per_room)
    ]
    return [f"/yjs/{rooms.address(room)}?token={secret}" for secret in secrets]

"""A hub of models on this machine: real HTTP in the layout of the public one, and its faults on demand."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.harness import PATIENCE
from tests.ingest.models import make_model

REPOSITORY = "tests/tiny"
#: As files that a hub keeps in its store of large ones, in bytes.
LARGE = 300

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Shelf:
    """
    What a hub has, and how it behaves.

    Attributes:
        files: By ``repository/path``.
        asked: Each request: path and its ``Range``.
        sends: How many bytes of a body go out before the connection is cut, one for each request of a model file;
            what is not there is sent whole.
        hold: Where a body is cut, the line stays open and silent until this is set.
        answer: Instead of files: status, content type and body.
        moved: Redirects files that are large to this address; None to send them itself.
        tells: Whether it tells commit, size and SHA-256 of files.
        ranges: Whether it sends parts.
        lengths: Whether it says how long its answers are.
        changes: Further headers of every file and of `answer`, by name.
    """

    files: dict[str, bytes]
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    sends: list[int] = field(default_factory=list)
    hold: threading.Event | None = None
    answer: tuple[int, str, bytes] | None = None
    moved: str | None = None
    tells: bool = True
    ranges: bool = True
    lengths: bool = True
    changes: dict[str, str] = field(default_factory=dict)
    url: str = ""

    @property
    def paths(self) -> list[str]:
        """What was asked for."""
        return [path for path, _ in self.asked]


def tiny(folder: Path, **files: Any) -> dict[str, bytes]:
    """Return a small model as a hub has it."""
    make_model(folder, **files)
    return {
        f"{REPOSITORY}/{'onnx/' if path.suffix == '.onnx' else ''}{path.relative_to(folder)}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@contextmanager
def hub(shelf: Shelf) -> Iterator[Shelf]:
    """Serve a shelf; its `url` is set."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            shelf.asked.append((self.path, self.headers["range"]))
            if shelf.answer is not None:
                status, kind, said = shelf.answer
                self._send(status, said, {"content-type": kind} | shelf.changes)
                return
            key = re.sub(r"^/stored/|/resolve/[^/]+(?=/)", "", self.path).lstrip("/")
            body = shelf.files.get(key)
            if body is None:
                self._send(404, b"Entry not found", {"content-type": "text/plain"})
                return
            told = _told(body) if shelf.tells else {}
            if shelf.moved is not None and "/resolve/" in self.path and len(body) > LARGE:
                self._send(302, b"", told | {"location": f"{shelf.moved}/stored/{key}"})
            else:
                self._file(body, told if "/resolve/" in self.path else {})

        def _file(self, body: bytes, told: dict[str, str]) -> None:
            headers = {"content-type": "application/octet-stream"} | told | shelf.changes
            begin = re.fullmatch(r"bytes=(\d+)-", self.headers["range"] or "")
            if begin is None or not shelf.ranges:
                self._send(200, body, headers)
            elif int(begin[1]) >= len(body):
                self._send(416, b"", {"content-range": f"bytes */{len(body)}"})
            else:
                start = int(begin[1])
                part = {"content-range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
                self._send(206, body[start:], headers | part)

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if shelf.lengths:
                self.send_header("content-length", str(len(body)))
            self.close_connection = self.close_connection or not shelf.lengths
            self.end_headers()
            cut = shelf.sends.pop(0) if shelf.sends and self.path.endswith(".onnx") else len(body)
            self.wfile.write(body[:cut])
            if cut < len(body) and shelf.hold is not None:
                shelf.hold.wait(PATIENCE)
            self.close_connection = self.close_connection or cut < len(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of clients that leave early: some mean to."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    shelf.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield shelf
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _told(body: bytes) -> dict[str, str]:
    sha256 = hashlib.sha256(body).hexdigest()
    told = {"x-repo-commit": COMMIT, "etag": f'"{hashlib.sha1(body).hexdigest()}"'}
    if len(body) > LARGE:  # as files of a hub that lie in its store of large ones
        told |= {"x-linked-etag": f'"{sha256}"', "x-linked-size": str(len(body))}
    return told


def kept(folder: Path) -> dict[str, Any]:
    """Return what a downloaded model says of itself."""
    said: dict[str, Any] = json.loads((folder / "accord-model.json").read_text())
    return said

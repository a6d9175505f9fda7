"""
A hub of models, asked over HTTP: what it says of a file, and the file from any byte on.

A hub answers ``/{repository}/resolve/{revision}/{path}``, mostly by a redirect to another host that stores large
files, and says beside it what they are: their length, their SHA-256 and the commit. Only the hub itself is asked for
these; what other hosts say of themselves proves nothing.

Source: docs of the Hugging Face hub, "resolve" (``X-Repo-Commit``, ``X-Linked-Size``, ``X-Linked-Etag``); RFC 9110 14
(range requests).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx2

from ingest.errors import DownloadFailed

#: Hosts that may be asked without HTTPS.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

#: Of a file whose size nobody has told us beforehand.
_MAX_BYTES = 8 * 1024**3

_MAX_REDIRECTS = 5

_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r'(?:W/)?"?([0-9a-f]{64})"?')
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class Broken(Exception):
    """A connection ended early, or there was none; the text is for people. `reached`: whether somebody answered."""

    def __init__(self, message: str, *, reached: bool) -> None:
        super().__init__(message)
        self.reached = reached


class Overrun(Exception):
    """More was here than there is there: what is here is of another file."""


@dataclass(slots=True)
class Told:
    """What a hub says of a file: None where it does not."""

    size: int | None = None
    sha256: str | None = None
    commit: str | None = None

    def learn(self, headers: httpx2.Headers) -> None:
        """Read the headers of an answer of the hub itself."""
        if headers.get("x-linked-size", "").isdigit():
            self.size = int(headers["x-linked-size"])
        for name in ("x-linked-etag", "etag"):
            if self.sha256 is None and (found := _SHA256.fullmatch(headers.get(name, ""))):
                self.sha256 = found[1]
        if is_commit(headers.get("x-repo-commit", "")):
            self.commit = headers["x-repo-commit"]


@dataclass(frozen=True, slots=True)
class Arriving:
    """
    A file whose bytes can be read.

    Attributes:
        start: Where its bytes begin: what was asked for, or 0.
        size: Of the whole file.
        host: Who sends it.
        elsewhere: Whether that is not the hub.
    """

    start: int
    size: int
    told: Told
    host: str
    elsewhere: bool
    pieces: Iterator[bytes]


class Hub:
    """Where models are. `url`: where its addresses begin, ``https://hub.example.org``."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.host = urlsplit(url).netloc
        self._near = urlsplit(url).hostname in LOOPBACK
        self._client = httpx2.Client(
            headers={"accept-encoding": "identity", "user-agent": "accord"},
            timeout=httpx2.Timeout(60.0, connect=20.0),
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @contextmanager
    def open(
        self, repository: str, revision: str, path: str, *, start: int = 0
    ) -> Iterator[Arriving | None]:
        """
        Yield a file from byte `start` on, None if there is none.

        Raises:
            Broken: If the connection breaks, also while its bytes are read.
            Overrun: If the file ends before `start`.
            DownloadFailed: If the answer is no file, or none that can be trusted.
        """
        url = f"{self.url}/{repository}/resolve/{revision}/{path}"
        try:
            with self._asking(url, start) as (answer, told):
                if answer.status_code == 404:
                    yield None
                    return
                if answer.status_code == 416:
                    raise Overrun
                _refuse(answer)
                begin, size = _extent(answer, told)
                host = _host(answer)
                # Pieces as they come: in larger ones, what a breaking connection had brought would be lost.
                yield Arriving(begin, size, told, host, host != self.host, answer.iter_raw())
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as exc:
            raise Broken(
                f"{self.host} cannot be reached: {exc or type(exc).__name__}", reached=False
            ) from exc
        except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
            raise Broken(
                f"the connection to {self.host} broke: {exc or type(exc).__name__}", reached=True
            ) from exc

    @contextmanager
    def _asking(self, url: str, start: int) -> Iterator[tuple[httpx2.Response, Told]]:
        """Yield the answer that is no redirect, and what the hub itself has said on the way."""
        told = Told()
        headers = {"range": f"bytes={start}-"} if start else {}
        for _ in range(_MAX_REDIRECTS + 1):
            self._check(url)
            with self._client.stream("GET", url, headers=headers) as answer:
                if _host(answer) == self.host:
                    told.learn(answer.headers)
                if not answer.has_redirect_location:
                    yield answer, told
                    return
                url = urljoin(url, answer.headers["location"])
        raise DownloadFailed(f"{self.host} redirects without an end")

    def _check(self, url: str) -> None:
        """Refuse what could be read or changed on the way; a hub on this machine may use plain HTTP."""
        parts = urlsplit(url)
        near = self._near and parts.hostname in LOOPBACK
        if parts.scheme != "https" and not (near and parts.scheme == "http"):
            raise DownloadFailed(
                f"{self.host} redirects to {parts.scheme}://{parts.netloc}, which is not HTTPS"
            )


def is_commit(revision: str) -> bool:
    """Whether a revision names a commit, which never changes."""
    return _COMMIT.fullmatch(revision) is not None


def _host(answer: httpx2.Response) -> str:
    return urlsplit(str(answer.url)).netloc


def _refuse(answer: httpx2.Response) -> None:
    """
    Refuse an answer that is no file.

    Raises:
        DownloadFailed: It says what it is instead.
    """
    status, host = answer.status_code, _host(answer)
    if status in (401, 403):
        raise DownloadFailed(f"{host} has no such model, or only for people who are signed in")
    if status not in (200, 206):
        again = status in (408, 429) or status >= 500
        hint = "; try again later" if again else ""
        raise DownloadFailed(f"{host} answered {status}{hint}", again=again)
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise DownloadFailed(f"{host} sends the file packed, though it was asked not to")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        raise DownloadFailed(
            f"{host} answered with a web page instead of the file: is ACCORD_EMBEDDING_HUB right, and does "
            "this network ask people to sign in?"
        )


def _extent(answer: httpx2.Response, told: Told) -> tuple[int, int]:
    """
    Return where an answer begins and how long the file is, in bytes.

    Raises:
        DownloadFailed: If nobody says, or the answer is of another length than was told.
    """
    start, size = 0, told.size
    if answer.status_code == 206:
        found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
        if found is None or answer.request.headers.get("range") != f"bytes={found[1]}-":
            raise DownloadFailed(f"{_host(answer)} answered with another part than was asked for")
        start, size = int(found[1]), int(found[2])
    elif answer.headers.get("content-length", "").isdigit():
        size = int(answer.headers["content-length"])
    if size is None or size > _MAX_BYTES or told.size not in (None, size):
        raise DownloadFailed(
            f"{_host(answer)} does not say how long the file is, or sends another than was told"
        )
    return start, size

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.requests import Request

from store.blobs import Blobs
from store.errors import NotFound
from web.filebodies import file_response

DATA = bytes(range(256)) * 10


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    made = Blobs(tmp_path)
    (tmp_path / "key").write_bytes(DATA)
    (tmp_path / "empty").write_bytes(b"")
    return made


async def _get(
    blobs: Blobs, key: str = "key", method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body as a browser gets them."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "headers": raw, "path": "/", "query_string": b""}
    response = await file_response(Request(scope), blobs, key, name="Größe.pdf", sha256="ff")
    sent: list[bytes] = []

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message.get("body", b""))

    async def receive() -> dict[str, str]:
        return {"type": "http.request"}

    await response({**scope, "asgi": {"spec_version": "2.4"}}, receive, send)
    return response.status_code, dict(response.headers), b"".join(sent)


async def test_a_file_is_a_download_that_nothing_runs_in(blobs: Blobs) -> None:
    status, headers, body = await _get(blobs)
    assert (status, body) == (200, DATA)
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["accept-ranges"] == "bytes"
    assert headers["etag"] == '"ff"'


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=100-", 100, 2560),
        ("bytes=-5", 2555, 2560),
        ("bytes=2500-99999", 2500, 2560),
        ("bytes=-99999", 0, 2560),
        ("bytes=2559-2559", 2559, 2560),
    ],
)
async def test_a_range_is_that_and_says_where_it_is(
    blobs: Blobs, header: str, start: int, end: int
) -> None:
    status, headers, body = await _get(blobs, range=header)
    assert (status, body) == (206, DATA[start:end])
    assert headers["content-range"] == f"bytes {start}-{end - 1}/2560"
    assert headers["content-length"] == str(end - start)


@pytest.mark.parametrize("header", ["bytes=2560-", "bytes=9999-99999", "bytes=-0"])
async def test_what_is_not_there_cannot_be_had(blobs: Blobs, header: str) -> None:
    status, headers, body = await _get(blobs, range=header)
    assert (status, headers["content-range"], body) == (416, "bytes */2560", b"")


@pytest.mark.parametrize(
    "header",
    ["", "bytes=-", "bytes=5-2", "bytes=0-1,4-5", "lines=0-1", "bytes=x-1", "bytes=" + "9" * 40],
)
async def test_what_is_no_range_is_the_whole(blobs: Blobs, header: str) -> None:
    status, _, body = await _get(blobs, range=header)
    assert (status, body) == (200, DATA)


async def test_a_range_of_another_file_is_the_whole_of_this_one(blobs: Blobs) -> None:
    assert (await _get(blobs, range="bytes=0-1", if_range='"ff"'))[0] == 206
    assert (await _get(blobs, range="bytes=0-1", if_range='"aa"'))[0] == 200


async def test_head_tells_and_sends_nothing(blobs: Blobs) -> None:
    status, headers, body = await _get(blobs, method="HEAD")
    assert (status, headers["content-length"], body) == (200, "2560", b"")


async def test_an_empty_file_and_one_that_is_not_there(blobs: Blobs) -> None:
    assert (await _get(blobs, "empty"))[::2] == (200, b"")
    assert (await _get(blobs, "empty", range="bytes=0-"))[0] == 416
    with pytest.raises(NotFound):
        await _get(blobs, "nothing")

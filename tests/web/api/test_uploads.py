"""`web.api.uploads`: tus 1.0 line by line, and what is refused before a byte is read. Real clients: tests/e2e."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.harness import PATIENCE, RunningApp
from tests.web.people import Cast, Client, cast

TUS = {"tus-resumable": "1.0.0"}
BODY = {**TUS, "content-type": "application/offset+octet-stream"}


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    return {"max_file_bytes": 100_000, "min_free_bytes": 0}


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    async with cast(app) as found:
        yield found


async def begin(client: Client, people: Cast, length: int, **headers: str) -> str:
    """Begin an upload; return where it goes on."""
    made = await client.post(
        f"{people.path}/uploads", headers={**TUS, "upload-length": str(length), **headers}
    )
    assert made.status_code == 201, made.text
    return made.headers["location"]


async def send(client: Client, url: str, at: int, data: bytes, **headers: str) -> Any:
    return await client.patch(
        url, headers={**BODY, "upload-offset": str(at), **headers}, content=data
    )


async def test_what_is_understood_is_told_to_anybody(people: Cast) -> None:
    answer = await people.nobody.request("OPTIONS", f"{people.path}/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-max-size"] == "100000"
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation",
        "creation-with-upload",
        "creation-defer-length",
        "expiration",
        "checksum",
        "termination",
        "concatenation",
    }
    assert "sha1" in answer.headers["tus-checksum-algorithm"].split(",")


async def test_an_upload_goes_on_from_where_it_is(people: Cast) -> None:
    header = f"filename {base64.b64encode('Größe.txt'.encode()).decode()},is_draft"
    url = await begin(people.participant, people, 10, **{"upload-metadata": header})
    first = await send(people.participant, url, 0, b"12345")
    assert (first.status_code, first.headers["upload-offset"]) == (204, "5")
    assert "upload-expires" in first.headers
    look = await people.participant.head(url, headers=TUS)
    assert look.status_code == 200
    assert look.headers["upload-offset"] == "5"
    assert look.headers["upload-length"] == "10"
    assert look.headers["upload-metadata"] == header
    assert look.headers["cache-control"] == "no-store"
    last = await send(people.participant, url, 5, b"67890")
    assert (last.status_code, last.headers["upload-offset"]) == (204, "10")
    (document,) = (await people.participant.get(f"{people.path}/documents")).json()["documents"]
    assert (document["name"], document["size"]) == ("Größe.txt", 10)
    look = await people.participant.head(url, headers=TUS)
    assert look.headers["upload-offset"] == "10"


@pytest.mark.parametrize("role", ["nobody", "stranger", "observer", "another"])
async def test_who_may_not_write_is_refused_and_nothing_is_kept(
    app: RunningApp, people: Cast, role: str
) -> None:
    client = people.as_(role)
    answer = await client.post(
        f"{people.path}/uploads", headers={**BODY, "upload-length": "5"}, content=b"12345"
    )
    assert answer.status_code in (401, 403, 404)
    url = await begin(people.participant, people, 10)
    for answer in (
        await send(client, url, 0, b"evil"),
        await client.head(url, headers=TUS),
        await client.delete(url, headers=TUS),
    ):
        assert answer.status_code in (401, 403, 404)
    upload = app.services.spool.get(url.rpartition("/")[2])
    assert app.services.spool.offset(upload) == 0
    assert len(list(app.services.spool.all())) >= 1


async def test_another_participant_cannot_touch_an_upload(people: Cast) -> None:
    url = await begin(people.participant, people, 10)
    for answer in (
        await send(people.facilitator, url, 0, b"evil"),
        await people.facilitator.head(url, headers=TUS),
        await people.facilitator.delete(url, headers=TUS),
    ):
        assert answer.status_code == 404


async def test_no_byte_of_somebody_without_right_is_read(app: RunningApp, people: Cast) -> None:
    """The answer comes while the body has not been sent."""
    url = await begin(people.participant, people, 10)
    where = urlsplit(app.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(
        f"PATCH {url} HTTP/1.1\r\nhost: {where.netloc}\r\ntus-resumable: 1.0.0\r\nupload-offset: 0\r\n"
        "content-type: application/offset+octet-stream\r\ncontent-length: 10\r\n\r\n".encode()
    )
    async with asyncio.timeout(PATIENCE):
        assert b" 401 " in await reader.readline()
    writer.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"tus-resumable": "0.2.2"}, 412),
        ({"upload-length": "100001"}, 413),
        ({"upload-length": "-1"}, 400),
        ({"upload-length": "1e3"}, 400),
        ({"upload-length": "9" * 30}, 400),
        ({"upload-defer-length": "1", "upload-length": "5"}, 400),
        ({"upload-defer-length": "2", "upload-length": ""}, 400),
        ({"upload-metadata": "filename !!"}, 400),
        ({"upload-metadata": "visibility d29ybGQ="}, 400),
        ({"upload-concat": "half"}, 400),
        ({"upload-concat": "final;"}, 400),
        ({"upload-concat": "final;/api/x /api/x"}, 400),
        ({"upload-concat": "final;/api/sessions/x/uploads/nobody"}, 404),
    ],
)
async def test_what_cannot_begin_is_refused_with_what_to_do(
    people: Cast, headers: dict[str, str], status: int
) -> None:
    answer = await people.participant.post(
        f"{people.path}/uploads", headers={**TUS, "upload-length": "5", **headers}
    )
    assert answer.status_code == status
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 10


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"upload-offset": "1"}, 409),
        ({"upload-offset": "x"}, 400),
        ({"content-type": "application/octet-stream"}, 415),
        ({"tus-resumable": "2.0"}, 412),
        ({"upload-length": "11"}, 400),
        ({"upload-checksum": "crc32 AAAA"}, 400),
        ({"upload-checksum": "sha1 !"}, 400),
        ({"upload-checksum": "sha1 AAAA"}, 460),
    ],
)
async def test_what_cannot_go_on_writes_nothing(
    app: RunningApp, people: Cast, headers: dict[str, str], status: int
) -> None:
    url = await begin(people.participant, people, 10)
    answer = await send(people.participant, url, 0, b"12345", **headers)
    assert answer.status_code == status
    look = await people.participant.head(url, headers=TUS)
    assert look.headers["upload-offset"] == "0"


async def test_a_checksum_that_fits_is_kept(people: Cast) -> None:
    url = await begin(people.participant, people, 10)
    fits = base64.b64encode(hashlib.sha1(b"12345").digest()).decode()
    answer = await send(people.participant, url, 0, b"12345", **{"upload-checksum": f"sha1 {fits}"})
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "5")


async def test_a_body_longer_than_announced_is_refused_unread(people: Cast) -> None:
    url = await begin(people.participant, people, 10)
    answer = await send(people.participant, url, 0, b"x" * 50_000)
    assert answer.status_code == 413
    assert (await people.participant.head(url, headers=TUS)).headers["upload-offset"] == "0"


async def test_a_stream_without_end_is_cut_at_the_limit(app: RunningApp, people: Cast) -> None:
    made = await people.participant.post(
        f"{people.path}/uploads", headers={**TUS, "upload-defer-length": "1"}
    )
    url = made.headers["location"]

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 10_000

    try:
        answer = await people.participant.patch(
            url, headers={**BODY, "upload-offset": "0"}, content=endless()
        )
        assert answer.status_code == 413
    except Exception as exc:  # the connection is closed on a client that still sends
        assert "TimeoutException" not in type(exc).__name__  # noqa: PT017
    upload = app.services.spool.get(url.rpartition("/")[2])
    assert app.services.spool.offset(upload) <= 100_000
    await people.participant.delete(url, headers=TUS)


async def test_a_client_that_goes_away_leaves_what_it_has_sent(
    app: RunningApp, people: Cast
) -> None:
    url = await begin(people.participant, people, 1000)
    where = urlsplit(app.url)
    _, writer = await asyncio.open_connection(where.hostname, where.port)
    cookie = "; ".join(f"{one.name}={one.value}" for one in people.participant.cookies.jar)
    writer.write(
        f"PATCH {url} HTTP/1.1\r\nhost: {where.netloc}\r\norigin: {app.url}\r\ncookie: {cookie}\r\n"
        f"accord-as: {people.participant.headers['accord-as']}\r\ntus-resumable: 1.0.0\r\n"
        "upload-offset: 0\r\ncontent-type: application/offset+octet-stream\r\n"
        f"content-length: 1000\r\n\r\n{'x' * 300}".encode()
    )
    await writer.drain()
    upload = app.services.spool.get(url.rpartition("/")[2])
    await asyncio.sleep(0.1)
    writer.close()
    end = time.monotonic() + PATIENCE
    while app.services.spool.offset(upload) != 300:
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
    answer = await send(people.participant, url, 300, b"y" * 700)
    assert answer.headers["upload-offset"] == "1000"


async def test_an_upload_that_is_given_up_is_gone_and_a_document_is_not(people: Cast) -> None:
    url = await begin(people.participant, people, 10)
    assert (await people.participant.delete(url, headers=TUS)).status_code == 204
    assert (await people.participant.head(url, headers=TUS)).status_code == 404
    url = await begin(people.participant, people, 3)
    await send(people.participant, url, 0, b"abc")
    assert (await people.participant.delete(url, headers=TUS)).status_code == 403


async def test_where_only_post_gets_through_the_method_is_in_a_header(people: Cast) -> None:
    url = await begin(people.participant, people, 10)
    answer = await people.participant.post(
        url, headers={**BODY, "upload-offset": "0", "x-http-method-override": "PATCH"}, content=b"1"
    )
    assert answer.headers["upload-offset"] == "1"
    for method, status in (("HEAD", 200), ("DELETE", 204), ("", 405)):
        answer = await people.participant.post(
            url, headers={**TUS, "x-http-method-override": method}
        )
        assert answer.status_code == status
        if method == "DELETE":
            url = await begin(people.participant, people, 10)


async def test_parts_of_others_do_not_become_my_file(people: Cast) -> None:
    url = await begin(people.participant, people, 3, **{"upload-concat": "partial"})
    await send(people.participant, url, 0, b"abc")
    answer = await people.facilitator.post(
        f"{people.path}/uploads", headers={**TUS, "upload-concat": f"final;{url}"}
    )
    assert answer.status_code == 404
    answer = await people.participant.post(
        f"{people.path}/uploads", headers={**TUS, "upload-concat": f"final;{url}"}
    )
    assert answer.status_code == 201
    final = answer.headers["location"]
    assert (await send(people.participant, final, 3, b"d")).status_code == 403


async def test_other_bodies_are_still_limited(people: Cast) -> None:
    answer = await people.participant.post(
        f"{people.path}/inputs", content=b"x" * 2_000_000, headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 413

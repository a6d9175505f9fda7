"""`ingest.embedders.hosted` against a real HTTP server on this machine that speaks both APIs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from ingest.embedders.hosted import HostedEmbedder
from ingest.embedding import Purpose
from ingest.errors import EmbeddingFailed


class Service:
    """What the server answers, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body: bytes | None = None

    def answer(self, request: dict[str, Any]) -> bytes:
        if self.body is not None:
            return self.body
        data = [
            {"index": at, "embedding": [float(len(text)), 1.0]}
            for at, text in enumerate(request["input"])
        ]
        return json.dumps({"data": data[::-1]}).encode()  # the order is not promised


@contextmanager
def serving(service: Service) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            service.asked.append(request | {"path": self.path})
            service.keys.append(self.headers["authorization"])
            body = service.answer(request)
            self.send_response(service.status)
            for name, value in service.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _model(url: str, provider: str = "openai", key: str | None = "k") -> HostedEmbedder:
    return HostedEmbedder(provider, url=url, name="m-1", key=key)


async def test_both_apis_are_asked_in_their_own_words() -> None:
    service = Service()
    with serving(service) as url:
        for provider in ("openai", "voyage"):
            model = _model(url, provider)
            for purpose in Purpose:
                found = await model.embed(["a", "bbb"], purpose)
                assert np.allclose(found, [[0.7071, 0.7071], [0.9487, 0.3162]], atol=1e-3)
            await model.close()
    assert [one["path"] for one in service.asked] == ["/v1/embeddings"] * 4
    assert [one.get("input_type") for one in service.asked] == [None, None, "document", "query"]
    assert [one.get("encoding_format") for one in service.asked] == ["float", "float", None, None]
    assert {one["model"] for one in service.asked} == {"m-1"}
    assert set(service.keys) == {"Bearer k"}


async def test_many_texts_go_in_several_requests_and_come_back_in_order() -> None:
    service = Service()
    with serving(service) as url:
        model = _model(url, key=None)
        texts = ["x" * (number % 50 + 1) for number in range(200)]
        found = await model.embed(texts, Purpose.PASSAGE)
        await model.close()
    assert len(service.asked) == 4
    assert service.keys[0] is None
    lengths = found[:, 0] / found[:, 1]
    assert np.allclose(lengths, [len(text) for text in texts], rtol=1e-3)


@pytest.mark.parametrize(
    ("status", "words", "again"),
    [
        (401, "does not accept ACCORD_EMBEDDING_API_KEY", False),
        (400, "answered 400", False),
        (429, "answered 429", True),
        (503, "answered 503", True),
    ],
)
async def test_a_refusal_says_whether_to_ask_again(status: int, words: str, again: bool) -> None:
    service = Service()
    service.status, service.headers = status, {"retry-after": "7"}
    with serving(service) as url:
        model = _model(url)
        with pytest.raises(EmbeddingFailed, match=words) as caught:
            await model.embed(["a"], Purpose.QUERY)
        await model.close()
    assert caught.value.again is again
    if again:
        assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{}",
        b'{"data": []}',
        b'{"data": [{"index": 0, "embedding": []}]}',
        b'{"data": [{"index": 0, "embedding": [0, 0]}]}',
        b'{"data": [{"index": 0, "embedding": "AAAA"}]}',
        b'{"data": [{"embedding": [1]}]}',
    ],
)
async def test_nonsense_is_an_error_and_never_a_vector(body: bytes) -> None:
    service = Service()
    service.body = body
    with serving(service) as url:
        model = _model(url)
        with pytest.raises(EmbeddingFailed):
            await model.embed(["a"], Purpose.QUERY)
        await model.close()


async def test_a_service_that_is_not_there_may_be_later() -> None:
    with serving(Service()) as url:
        pass
    model = _model(url)
    with pytest.raises(EmbeddingFailed, match="cannot be reached") as caught:
        await model.embed(["a"], Purpose.QUERY)
    await model.close()
    assert caught.value.again

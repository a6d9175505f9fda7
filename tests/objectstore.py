"""
A real S3-compatible server on loopback: moto behind a gate that checks what moto does not.

moto takes any signature and any date. The gate computes the signature of an address by botocore's own code, so what it
lets through is what Amazon's service would.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

import httpx2
from werkzeug.serving import WSGIRequestHandler, make_server

# Both are untyped.
moto: Any = import_module("moto.server")
auth: Any = import_module("botocore.auth")

KEY_ID, SECRET, REGION = "fake-key-id", "fake-secret", "eu-central-1"
BUCKET = "accord"


@dataclass(slots=True)
class ObjectStore:
    """Attributes: ahead: how much later it is for this server than for us."""

    url: str
    ahead: timedelta = timedelta()

    @property
    def options(self) -> dict[str, Any]:
        """What `store.blobs.Blobs` is opened with."""
        return {
            "endpoint": self.url,
            "region": REGION,
            "access_key_id": KEY_ID,
            "secret_access_key": SECRET,
            "client_options": {"allow_http": True},
        }

    @property
    def environment(self) -> dict[str, str]:
        """The same, as a server finds it in its environment."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ALLOW_HTTP": "true",
        }


class _Silent(WSGIRequestHandler):
    """Logs nothing of what it answers."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nobody reads it."""


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """Run one with an empty bucket."""
    real = moto.DomainDispatcherApplication(moto.create_backend_app)
    made = ObjectStore("")

    def gate(environ: dict[str, Any], answer: Callable[..., Any]) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING", "")
        if "X-Amz-Signature" in query and not _is_good(environ, query, made.ahead):
            answer("403 Forbidden", [("content-type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code></Error>"]
        found: Iterable[bytes] = real(environ, answer)
        return found

    server = make_server("127.0.0.1", 0, gate, threaded=True, request_handler=_Silent)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        assert httpx2.put(f"{made.url}/{BUCKET}").status_code == 200
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _is_good(environ: dict[str, Any], query: str, ahead: timedelta) -> bool:
    """Whether the address was signed by our key, for this method and path, and its time is not over."""
    given = {name: values[0] for name, values in parse_qs(query).items()}
    signed_at = datetime.strptime(given["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if datetime.now(UTC) + ahead > signed_at + timedelta(seconds=int(given["X-Amz-Expires"])):
        return False
    rest = urlencode([pair for pair in parse_qsl(query) if pair[0] != "X-Amz-Signature"])
    path = environ["RAW_URI"].partition("?")[0]
    url = f"http://{environ['HTTP_HOST']}{path}?{rest}"
    request = import_module("botocore.awsrequest").AWSRequest(environ["REQUEST_METHOD"], url)
    request.context["timestamp"] = given["X-Amz-Date"]
    request.headers["host"] = environ["HTTP_HOST"]
    signer = auth.S3SigV4QueryAuth(
        import_module("botocore.credentials").Credentials(KEY_ID, SECRET), "s3", REGION
    )
    canonical = signer.canonical_request(request)
    wanted = signer.signature(signer.string_to_sign(request, canonical), request)
    return bool(wanted == given["X-Amz-Signature"])

"""
Addresses of files that this server signs itself, for the folder that has nobody else to do it.

An address is good for one file, one method and a short while; one that takes a file in also says how long that file is,
and perhaps its fingerprint. Whoever holds it needs no other right, so it is to be kept like a key.

Source: RFC 2104 (HMAC); what it stands in for: Amazon S3, "Authenticating requests: using query parameters".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from store.errors import LinkRefused

#: Where the server answers such addresses.
PATH = "/api/files"

_KEY_BYTES = 32
_MAX_CHARS = 4096


@dataclass(frozen=True, slots=True)
class Grant:
    """
    What an address is good for.

    Attributes:
        expires: Seconds since 1970.
        size: Of the file that is put there, in bytes; None for GET.
        sha256: Of that file, where it is known.
        name: What a file that is got there is called.
    """

    key: str
    method: str
    expires: float
    size: int | None = None
    sha256: str | None = None
    name: str | None = None


class Links:
    """
    Signs addresses and checks them.

    Args:
        secret: 32 bytes nobody else has.
    """

    def __init__(self, secret: bytes, *, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock

    def url(
        self,
        key: str,
        method: str,
        *,
        seconds: float,
        size: int | None = None,
        sha256: str | None = None,
        name: str | None = None,
    ) -> str:
        """Return an address, without the server's own."""
        grant = Grant(key, method, self._clock() + seconds, size, sha256, name)
        body = json.dumps(asdict(grant), separators=(",", ":"), ensure_ascii=False).encode()
        return f"{PATH}/{key}?grant={_written(body)}.{_written(self._signature(body))}"

    def check(self, grant: str, key: str, method: str) -> Grant:
        """
        Return what an address is good for.

        Raises:
            LinkRefused: If it is not, whatever the reason: nobody learns which part of a guess was right.
        """
        body, signature = _parts(grant)
        if not hmac.compare_digest(self._signature(body), signature):
            raise LinkRefused
        found = Grant(**json.loads(body))
        if (found.key, found.method) != (key, method) or found.expires < self._clock():
            raise LinkRefused
        return found

    def _signature(self, body: bytes) -> bytes:
        return hmac.digest(self._secret, b"accord file link 1\n" + body, hashlib.sha256)


def open_links(path: Path) -> Links:
    """
    Read a server's key; make it first if there is none. Only the server's user can read the file.

    A key that is lost or broken is replaced: the addresses it has signed end earlier, nothing else hangs on it.
    """
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        secret = b""
    if len(secret) != _KEY_BYTES:
        secret = os.urandom(_KEY_BYTES)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
    return Links(secret)


def _parts(grant: str) -> tuple[bytes, bytes]:
    body, _, signature = grant.partition(".")
    if len(grant) > _MAX_CHARS or not grant.isascii():
        raise LinkRefused
    try:
        return _read(body), _read(signature)
    except binascii.Error:
        raise LinkRefused from None


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _read(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)

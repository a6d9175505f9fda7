"""
Signing audit bundles: Ed25519, one key per data folder, made at the first bundle.

A signed file is ``{"bundle": ..., "signature": {"algorithm", "public_key", "signature"}}``. What is signed is the
bundle's canonical JSON (`collab.frozen.canonical`), so any program can check it.

Source: RFC 8032.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from collab.frozen import canonical

ALGORITHM = "Ed25519"

_KEY_BYTES = 32


class BadSignature(Exception):
    """A file is not signed by the key it names, or by another than one trusts; its text says which."""


class KeyUnusable(Exception):
    """The key file cannot be read or is none; its text says what to do."""


class Signer:
    """The key of a server."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public_key(self) -> str:
        """The public key, 64 hexadecimal digits."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, bundle: Mapping[str, Any]) -> dict[str, Any]:
        """Return a bundle with its signature."""
        return {
            "bundle": bundle,
            "signature": {
                "algorithm": ALGORITHM,
                "public_key": self.public_key,
                "signature": self._key.sign(canonical(bundle)).hex(),
            },
        }


def open_signer(path: Path) -> Signer:
    """
    Read a server's key; make it first if there is none. Only the server's user can read the file.

    Raises:
        KeyUnusable: If the file is no key. It is never replaced: bundles signed with it would lose their proof.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Ed25519PrivateKey.generate().private_bytes_raw())
            file.flush()
            os.fsync(file.fileno())
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise KeyUnusable(f"{path} cannot be read: {exc.strerror}") from exc
    if len(data) != _KEY_BYTES:
        raise KeyUnusable(
            f"{path} is no Ed25519 key of {_KEY_BYTES} bytes; restore it from a backup"
        )
    return Signer(Ed25519PrivateKey.from_private_bytes(data))


def read_signed(data: bytes, *, trusted: str | None = None) -> tuple[dict[str, Any], str]:
    """
    Return the bundle of a signed file, and the public key that signed it.

    Args:
        trusted: The only key to accept, hexadecimal.

    Raises:
        BadSignature: If it is no signed file, was changed since, or is signed by another key.
    """
    try:
        value = json.loads(data, object_pairs_hook=_no_repeated_names)
        bundle, signature = value["bundle"], value["signature"]
        key = str(signature["public_key"])
        raw, public = bytes.fromhex(signature["signature"]), bytes.fromhex(key)
        known = signature["algorithm"] == ALGORITHM and isinstance(bundle, dict)
        verifier = Ed25519PublicKey.from_public_bytes(public)
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise BadSignature("this is no signed audit bundle") from exc
    if not known:
        raise BadSignature("this is no signed audit bundle")
    if trusted is not None and bytes.fromhex(trusted) != public:
        raise BadSignature(f"it is signed by another key: {key}")
    try:
        verifier.verify(raw, canonical(bundle))
    except (InvalidSignature, ValueError) as exc:
        raise BadSignature("it was changed after it was signed") from exc
    return bundle, key


def _no_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return made

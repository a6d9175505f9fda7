"""`web.signing`: who changes one character is found out."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from web.signing import BadSignature, KeyUnusable, open_signer, read_signed

BUNDLE = {"text": "We agree. Größe 🎉", "half": "\ud83c", "votes": [1, 2], "share": 0.5}


def test_what_was_signed_reads_back(tmp_path: Path) -> None:
    signer = open_signer(tmp_path / "audit.key")
    data = json.dumps(signer.sign(BUNDLE)).encode()
    found, key = read_signed(data)
    assert (found, key) == (BUNDLE, signer.public_key)
    assert read_signed(data, trusted=key.upper())[0] == BUNDLE


def test_the_key_stays_and_is_for_the_server_alone(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    first = open_signer(path).public_key
    assert open_signer(path).public_key == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_signer(tmp_path / "other.key").public_key != first


def test_a_damaged_key_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    path.write_bytes(b"short")
    with pytest.raises(KeyUnusable, match="backup"):
        open_signer(path)
    assert path.read_bytes() == b"short"


@pytest.mark.parametrize("place", ["text", "votes", "share"])
def test_a_changed_bundle_is_not_signed(tmp_path: Path, place: str) -> None:
    signed = open_signer(tmp_path / "audit.key").sign(BUNDLE)
    signed["bundle"] = {**BUNDLE, place: "other"}
    with pytest.raises(BadSignature, match="changed"):
        read_signed(json.dumps(signed).encode())


def test_a_bundle_signed_by_another_key_is_not_the_servers(tmp_path: Path) -> None:
    trusted = open_signer(tmp_path / "ours.key").public_key
    forged = json.dumps(open_signer(tmp_path / "theirs.key").sign(BUNDLE)).encode()
    read_signed(forged)
    with pytest.raises(BadSignature, match="another key"):
        read_signed(forged, trusted=trusted)


def _broken() -> list[Any]:
    good = {"algorithm": "Ed25519", "public_key": "00" * 32, "signature": "00" * 64}
    return [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        json.dumps({"bundle": {}, "signature": {}}).encode(),
        json.dumps({"bundle": {}, "signature": {**good, "public_key": "xyz"}}).encode(),
        json.dumps({"bundle": {}, "signature": {**good, "algorithm": "none"}}).encode(),
        json.dumps({"bundle": [], "signature": good}).encode(),
        json.dumps({"bundle": {}, "signature": good}).encode(),
        json.dumps({"bundle": {}, "signature": {**good, "signature": ""}}).encode(),
        b'{"bundle": {"a": 1}, "bundle": {"a": 2}, "signature": {}}',
        b'{"bundle": {"a": NaN}, "signature": ' + json.dumps(good).encode() + b"}",
    ]


@pytest.mark.parametrize("data", _broken())
def test_what_is_no_signed_bundle_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(BadSignature):
        read_signed(data)

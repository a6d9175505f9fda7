"""`accord audit`: what a deliberation's audit bundle says, computed again without any server."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from ai.bundle import problems
from web import signing
from web.settings import Settings


def verify(file: Path, *, key: str | None = None) -> int:
    """Check a bundle's signature and compute its outcome again; 0 if everything is as it says."""
    if key is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", key):
        print("accord: a public key has 64 hexadecimal digits", file=sys.stderr)
        return 2
    try:
        data = file.read_bytes()
    except OSError as exc:
        print(f"accord: {file} cannot be read: {exc.strerror}", file=sys.stderr)
        return 2
    try:
        bundle, signed_by = signing.read_signed(data, trusted=key)
    except signing.BadSignature as exc:
        print(f"NOT VERIFIED: {exc}")
        return 1
    found = list(problems(bundle))
    for one in found:
        print(f"WRONG: {one}")
    if found:
        return 1
    print(_summary(bundle))
    print(f"signed by {signed_by}")
    if key is None:
        print(
            "Compare this key with the one the server publishes at /api/audit-key, or give it with --key."
        )
    return 0


def show_key(settings: Settings) -> int:
    """Print the public key that signs this server's bundles."""
    try:
        print(signing.open_signer(settings.audit_key_path).public_key)
    except (signing.KeyUnusable, OSError) as exc:
        print(f"accord: {exc}", file=sys.stderr)
        return 1
    return 0


def _summary(bundle: dict[str, object]) -> str:
    session, polls, rounds = bundle["session"], bundle["polls"], bundle["rounds"]
    assert isinstance(session, dict)
    assert isinstance(polls, list)
    assert isinstance(rounds, list)
    lines = [f"VERIFIED: {session['title']!r}, phase {session['phase']}"]
    lines += [
        f"  round {one['number']}: {len(one['ballots'])} rankings, counted again: the same"
        for one in rounds
        if one["result"] is not None
    ]
    lines += [
        f"  poll {one['number']}: {one['outcome'] or 'open'}, {len(one['ballots'])} ballots, "
        f"text {one['text_hash'][:16]}"
        for one in polls
    ]
    return "\n".join(lines)

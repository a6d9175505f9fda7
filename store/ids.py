"""Ids, secrets and the time of rows."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime


def new_id() -> str:
    """Return 128 random bits as 22 characters that are safe in a URL."""
    return secrets.token_urlsafe(16)


def new_secret() -> str:
    """Return 256 random bits as 43 characters that are safe in a URL."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """Return what is stored of a secret: SHA-256, hexadecimal. 256 random bits need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def now() -> datetime:
    """Return the time for a row."""
    return datetime.now(UTC)

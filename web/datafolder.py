"""
The data folder: made, locked, migrated. One server per folder.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store import migrations
from store.ids import new_secret

TOKEN_FILE = "facilitator-token"
AUDIT_KEY_FILE = "audit.key"


class FolderInUse(Exception):
    """Another server works on this folder."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """
    Hold a data folder for this process; make it if there is none.

    Raises:
        FolderInUse: If another process holds it. The lock goes with its process, however that ends.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise FolderInUse(
                f"another Accord works on {folder}; stop it, or give this one its own --data"
            ) from exc
        yield


def migrate(folder: Path) -> bool:
    """Bring the database to the newest schema; return whether there was anything to do."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return migrations.upgrade(folder / "accord.db")


def facilitator_token(folder: Path) -> str:
    """Return the first facilitator's token, made at the first start and kept for its owner's eyes only."""
    path = folder / TOKEN_FILE
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(new_secret() + "\n")
    return path.read_text().strip()

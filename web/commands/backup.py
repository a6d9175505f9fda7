"""
`accord backup` and `accord restore`: a copy of what a data folder keeps, and a data folder from a copy.

A restored document has a new epoch. What people wrote after the backup is in their browsers under numbers that the
server now gives to something else; under the old address they would send it, and no two would see the same text.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from store.database import connect_read_only
from store.errors import SchemaOutdated
from web import datafolder
from web.commands.data import check
from web.datafolder import AUDIT_KEY_FILE, TOKEN_FILE
from web.settings import Settings

_DATABASE = "accord.db"
_FILES = "files"


def backup(settings: Settings, target: Path) -> int:
    """Copy what is kept into a new folder, also while the server runs, and verify the copy."""
    if not settings.database_path.exists():
        return _complain(f"there is no database in {settings.data}")
    if (target / _DATABASE).exists():
        return _complain(f"{target} holds a backup already; name a new folder")
    os.umask(0o077)
    target.mkdir(parents=True, exist_ok=True)
    _copy(settings.data, target)
    missing = _copy_files(settings.data, target)
    if missing and settings.files_url is None:
        return _complain(f"{missing} files of documents are not where they should be")
    return check(target)


def restore(settings: Settings, source: Path) -> int:
    """Make a data folder from a backup; its documents get new addresses, so that no old client can join them."""
    if not (source / _DATABASE).exists():
        return _complain(f"there is no backup in {source}")
    os.umask(0o077)
    try:
        with datafolder.locked(settings.data):
            if settings.database_path.exists():
                return _complain(f"{settings.data} is in use; move it away, or name a new --data")
            _copy(source, settings.data, new_epochs=True)
            _copy_files(source, settings.data)
            datafolder.migrate(settings.data)
    except (datafolder.FolderInUse, SchemaOutdated) as exc:
        return _complain(str(exc))
    return check(settings.data)


def _copy(source: Path, target: Path, *, new_epochs: bool = False) -> None:
    """Copy database, token and the key of the audit. The database gets its name when it is whole."""
    for name in (TOKEN_FILE, AUDIT_KEY_FILE):
        if (source / name).exists():
            shutil.copyfile(source / name, target / name)
    unfinished = target / f"{_DATABASE}.unfinished"
    unfinished.unlink(missing_ok=True)
    with closing(connect_read_only(source / _DATABASE)) as database:
        database.execute("VACUUM INTO ?", [str(unfinished)])
    if new_epochs:
        with closing(sqlite3.connect(unfinished)) as database, database:
            database.execute("UPDATE rooms SET epoch = epoch + 1")
    with unfinished.open("rb") as whole:
        os.fsync(whole.fileno())
    unfinished.rename(target / _DATABASE)


def _copy_files(source: Path, target: Path) -> int:
    """
    Copy the files that the copied database knows; return how many were not there.

    A file is kept before its row is written and is never changed, so every row of the copy has its file, unless the
    document was deleted meanwhile. An object store is its own keeper's to back up.
    """
    missing = 0
    with closing(sqlite3.connect(target / _DATABASE)) as database:
        known = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'documents'").fetchone()
        idents = database.execute("SELECT id FROM documents").fetchall() if known else []
    if idents:
        (target / _FILES).mkdir(exist_ok=True)
    for (ident,) in idents:
        try:
            shutil.copyfile(source / _FILES / ident, target / _FILES / ident)
        except FileNotFoundError:
            missing += 1
    return missing


def _complain(message: str) -> int:
    print(f"accord: {message}", file=sys.stderr)
    return 2

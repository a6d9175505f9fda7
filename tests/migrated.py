"""Empty databases of the newest schema: the migrations run once in a process, and everybody gets a copy."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from store import migrations

#: Kept until the process ends.
_FOLDER = TemporaryDirectory(prefix="accord-migrated-")


def migrated(path: Path) -> Path:
    """Put an empty database at a path, with its folder, or bring the one that is there up to date."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        migrations.upgrade(path)
    else:
        shutil.copy(_template(), path)
    return path


@cache
def _template() -> Path:
    path = Path(_FOLDER.name) / "accord.db"
    migrations.upgrade(path)
    return path

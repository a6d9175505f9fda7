"""
Bringing a database to the schema this program was written for.

Alembic does the work; `upgrade` asks it only when the database is not at the newest revision, because importing it
costs more than the whole rest of a start.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import URL

from store.database import sqlite_url
from store.errors import SchemaOutdated

_HERE = Path(__file__).parent


def newest_revision() -> str:
    """Return the revision this program needs: the number its newest migration's file begins with."""
    return max(path.name.split("_")[0] for path in (_HERE / "versions").glob("[0-9]*.py"))


def current_revision(path: Path) -> str | None:
    """
    Return the revision of a SQLite file, None if it was never migrated.

    Raises:
        SchemaOutdated: If the file is no SQLite database.
    """
    if not path.exists():
        return None
    connection = sqlite3.connect(path)
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:  # no such table
        return None
    except sqlite3.DatabaseError as exc:
        raise SchemaOutdated(f"{path} cannot be read as a database: {exc}") from exc
    finally:
        connection.close()
    return str(row[0]) if row else None


def upgrade(path: Path) -> bool:
    """
    Bring a SQLite file to the newest revision; return whether there was anything to do.

    Raises:
        SchemaOutdated: If a newer Accord has written it, or it is no SQLite database.
    """
    current, newest = current_revision(path), newest_revision()
    if current == newest:
        return False
    if current is not None and current > newest:
        raise SchemaOutdated(
            f"{path} has schema {current}, this Accord knows up to {newest}: update Accord"
        )
    _run(sqlite_url(path))
    return True


def upgrade_postgres(url: URL) -> None:
    """Bring a Postgres database to the newest revision; it must have the extension ``vector``, or allow making it."""
    _run(url)


def _run(url: URL) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"url": url})
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    command.upgrade(config, "head")

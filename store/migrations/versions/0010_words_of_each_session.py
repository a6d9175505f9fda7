"""
Documents know how many passages they have, vectors are found by document, and the index of words is made anew.

On SQLite each session has words of its own in it; on Postgres what is new is not left in a list that every search
reads: `store.words_sqlite`, `store.words_postgres`.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from store import words_postgres, words_sqlite
from store.words import Indexed, Words

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TOKENS = "content='', tokenize='porter unicode61 remove_diacritics 2'"

_PASSAGES = sa.text(
    "SELECT chunks.id, documents.session_id, documents.id AS document_id, chunks.text, chunks.headings"
    " FROM chunks JOIN documents ON documents.id = chunks.document_id ORDER BY chunks.id"
)

_AT_ONCE = 1000


def upgrade() -> None:
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("passages", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE documents SET passages ="
        " (SELECT count(*) FROM chunks WHERE chunks.document_id = documents.id)"
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.alter_column("passages", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("vectors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vectors_document_id"), ["document_id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE chunk_words")
        op.execute(f"CREATE VIRTUAL TABLE chunk_words USING fts5(words, headings, {_TOKENS})")
        _fill(words_sqlite.INDEX)
    else:
        op.execute("TRUNCATE chunk_words")
        op.execute("ALTER INDEX ix_chunk_words_words SET (fastupdate = off)")
        _fill(words_postgres.INDEX)


def downgrade() -> None:
    """Leaves nothing in the index: what would be in it, only the program of that time can say."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE chunk_words")
        op.execute(
            f"CREATE VIRTUAL TABLE chunk_words USING fts5(session, words, headings, {_TOKENS})"
        )
    else:
        op.execute("TRUNCATE chunk_words")
        op.execute("ALTER INDEX ix_chunk_words_words SET (fastupdate = on)")
    with op.batch_alter_table("vectors", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vectors_document_id"))
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_column("passages")


def _fill(index: Words) -> None:
    session = Session(op.get_bind())
    rows = session.execute(_PASSAGES, execution_options={"yield_per": _AT_ONCE})
    for some in rows.partitions():
        index.add(session, [_indexed(row) for row in some])


def _indexed(row: sa.Row[tuple[int, str, str, str, str | list[str]]]) -> Indexed:
    headings = json.loads(row.headings) if isinstance(row.headings, str) else row.headings
    return Indexed(row.id, row.session_id, row.document_id, row.text, tuple(headings))

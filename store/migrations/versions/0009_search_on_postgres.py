"""Vectors know their document; on Postgres they are half precision, and words have an index of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OF_CHUNK = "(SELECT document_id FROM chunks WHERE chunks.id = vectors.chunk_id)"


def upgrade() -> None:
    with op.batch_alter_table("vectors", schema=None) as batch_op:
        batch_op.add_column(sa.Column("document_id", sa.String(length=32), nullable=True))
    op.execute(f"UPDATE vectors SET document_id = {_OF_CHUNK}")
    with op.batch_alter_table("vectors", schema=None) as batch_op:
        batch_op.alter_column("document_id", existing_type=sa.String(length=32), nullable=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_vectors_document_id"),
            "documents",
            ["document_id"],
            ["id"],
            ondelete="CASCADE",
        )
    if op.get_bind().dialect.name == "postgresql":
        _on_postgres()


def _on_postgres() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.execute("DELETE FROM vectors")  # of no Accord: none before this revision ran on Postgres
    op.execute("ALTER TABLE vectors DROP COLUMN data")
    op.execute("ALTER TABLE vectors ADD COLUMN data halfvec NOT NULL")
    op.execute(
        "CREATE TEXT SEARCH DICTIONARY accord_stem (TEMPLATE = snowball, LANGUAGE = english)"
    )
    op.execute("CREATE TEXT SEARCH CONFIGURATION accord (COPY = pg_catalog.simple)")
    op.execute(
        "ALTER TEXT SEARCH CONFIGURATION accord ALTER MAPPING FOR asciiword, word, numword"
        " WITH accord_stem"
    )
    op.execute(
        "CREATE TABLE chunk_words ("
        " chunk_id integer PRIMARY KEY REFERENCES chunks ON DELETE CASCADE,"
        " document_id varchar(32) NOT NULL,"
        " words tsvector NOT NULL)"
    )
    op.execute("CREATE INDEX ix_chunk_words_words ON chunk_words USING gin (words)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TABLE chunk_words")
        op.execute("DROP TEXT SEARCH CONFIGURATION accord")
        op.execute("DROP TEXT SEARCH DICTIONARY accord_stem")
        op.execute("DELETE FROM vectors")
        op.execute("ALTER TABLE vectors DROP COLUMN data")
        op.execute("ALTER TABLE vectors ADD COLUMN data bytea NOT NULL")
    with op.batch_alter_table("vectors", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_vectors_document_id"), type_="foreignkey")
        batch_op.drop_column("document_id")

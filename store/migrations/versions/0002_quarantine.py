"""Updates that broke a document are set aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import store.models

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quarantined_updates",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", store.models.Moment(timezone=True), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("clients", sa.JSON(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("found_at", store.models.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_updates")),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_quarantined_updates_room_id")
        ),
    )
    with op.batch_alter_table("quarantined_updates", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_quarantined_updates_room_id"), ["room_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("quarantined_updates")

"""How far each person has seen what happens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import store.models

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("participant_id", sa.String(length=32), nullable=False),
        sa.Column("seen_at", store.models.Moment(timezone=True), nullable=False),
        sa.Column("seen_to", sa.Integer(), nullable=False),
        sa.Column("read_at", store.models.Moment(timezone=True), nullable=True),
        sa.Column("read_to", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participants.id"], name=op.f("fk_visits_participant_id")
        ),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_visits")),
    )


def downgrade() -> None:
    op.drop_table("visits")

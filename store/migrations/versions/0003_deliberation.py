"""Rounds, polls, ballots, dissent notes, what models answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import store.models

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_answers",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("created_at", store.models.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_model_answers_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_answers")),
    )
    with op.batch_alter_table("model_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_model_answers_key"), ["key"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_model_answers_session_id"), ["session_id"], unique=False
        )

    op.create_table(
        "polls",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("blocks", sa.JSON(), nullable=False),
        sa.Column("closes_at", store.models.Moment(timezone=True), nullable=True),
        sa.Column("opened_at", store.models.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", store.models.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_polls_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polls")),
    )
    with op.batch_alter_table("polls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_polls_closes_at"), ["closes_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_polls_session_id"), ["session_id"], unique=False)

    op.create_table(
        "rounds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("material", sa.JSON(), nullable=False),
        sa.Column("closes_at", store.models.Moment(timezone=True), nullable=True),
        sa.Column("created_at", store.models.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", store.models.Moment(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_rounds_run_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_rounds_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
    )
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rounds_session_id"), ["session_id"], unique=False)

    op.create_table(
        "ballots",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("participant_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("choice", sa.String(length=16), nullable=True),
        sa.Column("ranking", sa.JSON(), nullable=True),
        sa.Column("predicted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cast_at", store.models.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participants.id"], name=op.f("fk_ballots_participant_id")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_ballots_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballots")),
    )
    with op.batch_alter_table("ballots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ballots_session_id"), ["session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ballots_subject"), ["subject"], unique=False)

    op.create_table(
        "candidates",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.String(length=32), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("style", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("drafts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_candidates_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidates")),
    )
    with op.batch_alter_table("candidates", schema=None) as batch_op:
        batch_op.create_index(
            "uq_candidates_round_id_ordinal", ["round_id", "ordinal"], unique=True
        )

    op.create_table(
        "dissent_notes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("participant_id", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("created_at", store.models.Moment(timezone=True), nullable=False),
        sa.Column("updated_at", store.models.Moment(timezone=True), nullable=False),
        sa.Column("removed_at", store.models.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participants.id"], name=op.f("fk_dissent_notes_participant_id")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_dissent_notes_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dissent_notes")),
    )
    with op.batch_alter_table("dissent_notes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_dissent_notes_session_id"), ["session_id"], unique=False
        )

    op.create_table(
        "disputes",
        sa.Column("suggestion_id", sa.String(length=32), nullable=False),
        sa.Column("citation", sa.String(length=32), nullable=False),
        sa.Column("participant_id", sa.String(length=32), nullable=False),
        sa.Column("critique_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", store.models.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["suggestion_id"], ["suggestions.id"], name=op.f("fk_disputes_suggestion_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participants.id"], name=op.f("fk_disputes_participant_id")
        ),
        sa.ForeignKeyConstraint(
            ["critique_id"], ["critiques.id"], name=op.f("fk_disputes_critique_id")
        ),
        sa.PrimaryKeyConstraint("suggestion_id", "citation", name=op.f("pk_disputes")),
    )
    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("delegation", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("predictable", sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.drop_column("predictable")
        batch_op.drop_column("delegation")
    for table in (
        "disputes",
        "dissent_notes",
        "candidates",
        "ballots",
        "rounds",
        "polls",
        "model_answers",
    ):
        op.drop_table(table)

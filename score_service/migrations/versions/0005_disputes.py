"""Disputes"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "disputes",
        sa.Column("dispute_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("score_id", sa.UUID(), nullable=False),
        sa.Column("feature", sa.String(length=50), nullable=True),
        sa.Column("evidence", sa.String(length=4000), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="open", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("now() + interval '30 days'"), nullable=False
        ),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("resolution", sa.String(length=4000), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("corrected_version", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'corrected') = (corrected_version IS NOT NULL)", name=op.f("ck_disputes_corrected_by_a_score")
        ),
        sa.CheckConstraint(
            "(state IN ('corrected', 'rejected')) = (resolved_at IS NOT NULL)",
            name=op.f("ck_disputes_resolved_once"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'extended', 'corrected', 'rejected')", name=op.f("ck_disputes_known_state")
        ),
        sa.CheckConstraint("decided_by <> user_id", name=op.f("ck_disputes_not_ones_own")),
        sa.ForeignKeyConstraint(["score_id"], ["scores.score_id"], name=op.f("fk_disputes_score_id")),
        sa.PrimaryKeyConstraint("dispute_id", name=op.f("pk_disputes")),
    )
    op.create_index("ix_disputes_user_id_dispute_id", "disputes", ["user_id", "dispute_id"], unique=False)
    op.create_index(
        "uq_disputes_open",
        "disputes",
        ["score_id", "feature"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    op.drop_index(
        "uq_disputes_open",
        table_name="disputes",
        postgresql_where=sa.text("resolved_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.drop_index("ix_disputes_user_id_dispute_id", table_name="disputes")
    op.drop_table("disputes")

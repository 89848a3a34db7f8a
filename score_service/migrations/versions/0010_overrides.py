"""Overrides"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "overrides",
        sa.Column("override_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=4000), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.UUID(), nullable=True),
        sa.CheckConstraint("created_by <> user_id", name=op.f("ck_overrides_not_ones_own")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_overrides_expires_later")),
        sa.CheckConstraint("score BETWEEN 300 AND 850", name=op.f("ck_overrides_on_the_scale")),
        sa.CheckConstraint(
            "withdrawn_by IS NULL OR ended_at IS NOT NULL", name=op.f("ck_overrides_withdrawn_is_ended")
        ),
        sa.PrimaryKeyConstraint("override_id", name=op.f("pk_overrides")),
    )
    op.create_index("ix_overrides_user_id_override_id", "overrides", ["user_id", "override_id"], unique=False)
    op.create_index(
        "uq_overrides_in_force", "overrides", ["user_id"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.add_column("current_scores", sa.Column("override_id", sa.UUID(), nullable=True))
    op.add_column("current_scores", sa.Column("override_score", sa.Integer(), nullable=True))
    op.add_column("current_scores", sa.Column("override_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("current_scores", "override_until")
    op.drop_column("current_scores", "override_score")
    op.drop_column("current_scores", "override_id")
    op.drop_index("uq_overrides_in_force", table_name="overrides", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index("ix_overrides_user_id_override_id", table_name="overrides")
    op.drop_table("overrides")

"""Proposals expire"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("promotions", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("promotions", sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE promotions SET expires_at = greatest(proposed_at + interval '7 days', approved_at)")
    op.alter_column("promotions", "expires_at", nullable=False, server_default=sa.text("now() + interval '7 days'"))
    op.create_check_constraint(op.f("ck_promotions_approved_in_time"), "promotions", "approved_at <= expires_at")
    op.create_check_constraint(
        op.f("ck_promotions_approved_or_lapsed"), "promotions", "approved_at IS NULL OR lapsed_at IS NULL"
    )
    op.drop_index("uq_promotions_open", table_name="promotions")
    op.create_index(
        "uq_promotions_open",
        "promotions",
        ["version", "replaces"],
        unique=True,
        postgresql_where=sa.text("approved_at IS NULL AND lapsed_at IS NULL"),
    )


def downgrade() -> None:
    # Before proposals expired there could be one of a kind; of several, the newest is the one that counts.
    op.execute("DELETE FROM promotions WHERE lapsed_at IS NOT NULL")
    op.drop_index("uq_promotions_open", table_name="promotions")
    op.create_index(
        "uq_promotions_open",
        "promotions",
        ["version", "replaces"],
        unique=True,
        postgresql_where=sa.text("approved_at IS NULL"),
    )
    op.drop_constraint(op.f("ck_promotions_approved_or_lapsed"), "promotions")
    op.drop_constraint(op.f("ck_promotions_approved_in_time"), "promotions")
    op.drop_column("promotions", "lapsed_at")
    op.drop_column("promotions", "expires_at")

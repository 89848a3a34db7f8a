"""Promotions and shadow scores"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "promotions",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.String(length=50), nullable=False),
        sa.Column("artifact_sha256", sa.String(length=64), nullable=False),
        sa.Column("replaces", sa.String(length=50), nullable=False),
        sa.Column("proposed_by", sa.UUID(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("approved_by", sa.UUID(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)", name=op.f("ck_promotions_approved_by_somebody")
        ),
        sa.CheckConstraint("approved_by <> proposed_by", name=op.f("ck_promotions_two_administrators")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_promotions")),
    )
    op.create_index(
        "uq_promotions_open",
        "promotions",
        ["version", "replaces"],
        unique=True,
        postgresql_where=sa.text("approved_at IS NULL"),
    )
    op.add_column("scores", sa.Column("challenger_version", sa.String(length=50), nullable=True))
    op.add_column("scores", sa.Column("challenger_sha256", sa.String(length=64), nullable=True))
    op.add_column("scores", sa.Column("challenger_score", sa.Integer(), nullable=True))
    op.add_column("scores", sa.Column("challenger_probability_of_default", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("scores", "challenger_probability_of_default")
    op.drop_column("scores", "challenger_score")
    op.drop_column("scores", "challenger_sha256")
    op.drop_column("scores", "challenger_version")
    op.drop_index("uq_promotions_open", table_name="promotions", postgresql_where=sa.text("approved_at IS NULL"))
    op.drop_table("promotions")

"""Who extended a dispute and why"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("disputes", sa.Column("extended_by", sa.UUID(), nullable=True))
    op.add_column("disputes", sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("disputes", sa.Column("extension", sa.String(length=4000), nullable=True))
    # Of those that were decided since, nobody wrote down who extended them.
    op.execute("UPDATE disputes SET extended_by = decided_by, extension = resolution WHERE state = 'extended'")
    op.create_check_constraint(op.f("ck_disputes_not_extended_by_oneself"), "disputes", "extended_by <> user_id")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_disputes_not_extended_by_oneself"), "disputes")
    op.drop_column("disputes", "extension")
    op.drop_column("disputes", "extended_at")
    op.drop_column("disputes", "extended_by")

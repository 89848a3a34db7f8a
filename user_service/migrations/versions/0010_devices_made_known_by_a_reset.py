"""Devices that a reset made known, on which nobody has signed in yet"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.alter_column("devices", "last_used_at", nullable=True)


def downgrade() -> None:
    op.execute("UPDATE devices SET last_used_at = created_at WHERE last_used_at IS NULL")
    op.alter_column("devices", "last_used_at", nullable=False)

"""Whom an answer under an Idempotency-Key is about"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("idempotency_keys", sa.Column("user_id", sa.UUID(), nullable=True))


def downgrade() -> None:
    op.drop_column("idempotency_keys", "user_id")

"""Whom an answer under an Idempotency-Key is about"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("idempotency_keys", sa.Column("user_id", sa.UUID(), nullable=True))


def downgrade() -> None:
    op.drop_column("idempotency_keys", "user_id")

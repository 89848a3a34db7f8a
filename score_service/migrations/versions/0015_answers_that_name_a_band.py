"""Between which values an input lies whose answer names a band"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    for table in ("scores", "current_scores"):
        op.add_column(table, sa.Column("ranges", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    for table in ("scores", "current_scores"):
        op.drop_column(table, "ranges")

"""The scorecard that decided, beside every current score"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "current_scores",
        sa.Column(
            "decided_by",
            sa.String(length=50),
            sa.Computed("explanation ->> 'model_version'", persisted=True),
            nullable=False,
        ),
    )


def downgrade() -> None:
    op.drop_column("current_scores", "decided_by")

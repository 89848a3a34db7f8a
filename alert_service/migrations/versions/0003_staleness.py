"""When the current score was calculated, and whether its age was told"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("milestone_states", sa.Column("calculated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("milestone_states", sa.Column("stale_told", sa.Boolean(), server_default="false", nullable=False))
    op.execute(
        "UPDATE milestone_states SET calculated_at = newest.calculated_at FROM score_updates newest "
        "WHERE newest.user_id = milestone_states.user_id AND newest.score_version = milestone_states.score_version"
    )
    op.create_index(
        "ix_milestone_states_untold_calculated_at",
        "milestone_states",
        ["calculated_at"],
        postgresql_where=sa.text("NOT stale_told"),
    )


def downgrade() -> None:
    op.drop_index("ix_milestone_states_untold_calculated_at", table_name="milestone_states")
    op.drop_column("milestone_states", "stale_told")
    op.drop_column("milestone_states", "calculated_at")

"""A person has one webhook to an address"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("webhooks", sa.Column("url_hash", sa.LargeBinary(), nullable=True))
    # Addresses are encrypted, so those of before cannot be hashed here; each stays as one that is like no other.
    op.execute("UPDATE webhooks SET url_hash = sha256(convert_to(id::text, 'UTF8'))")
    op.alter_column("webhooks", "url_hash", nullable=False)
    op.drop_index(op.f("ix_webhooks_user_id"), table_name="webhooks")
    op.create_unique_constraint(op.f("uq_webhooks_user_id_url_hash"), "webhooks", ["user_id", "url_hash"])


def downgrade() -> None:
    op.drop_constraint(op.f("uq_webhooks_user_id_url_hash"), "webhooks", type_="unique")
    op.create_index(op.f("ix_webhooks_user_id"), "webhooks", ["user_id"], unique=False)
    op.drop_column("webhooks", "url_hash")

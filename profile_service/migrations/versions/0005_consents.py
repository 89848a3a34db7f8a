"""Consents, which are only ever added"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# An erasure stores its tombstone before it deletes; whoever has none keeps every entry.
FUNCTION = """
CREATE FUNCTION refuse_change_of_consents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM tombstones WHERE user_id = OLD.user_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'consents are only ever added' USING ERRCODE = 'restrict_violation';
END $$
"""
TRIGGERS = (
    """CREATE TRIGGER consents_only_grow BEFORE UPDATE OR DELETE ON consents
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_consents()""",
    """CREATE TRIGGER consents_are_not_emptied BEFORE TRUNCATE ON consents
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_consents()""",
)


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.String(length=50), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("event_id", name=op.f("uq_consents_event_id")),
    )
    op.create_index(op.f("ix_consents_user_id_id"), "consents", ["user_id", "id"], unique=False)
    for statement in (FUNCTION, *TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("consents")
    op.execute("DROP FUNCTION refuse_change_of_consents")

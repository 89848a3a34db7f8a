"""Profiles are encrypted at rest"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from service_kit.encryption import cipher_of

revision = "0002"
down_revision = "0001"

PLAIN: dict[str, sa.types.TypeEngine[object]] = {
    "full_name": sa.String(200),
    "email": sa.String(254),
    "phone": sa.String(40),
    "phone_e164": sa.String(20),
    "avatar": sa.String(2000),
    "date_of_birth": sa.Date(),
    "address": sa.String(500),
}
PROFILES = sa.table("profiles", sa.column("user_id"), *(sa.column(name, sa.Text) for name in PLAIN))


def upgrade() -> None:
    for name, plain in PLAIN.items():
        op.alter_column("profiles", name, existing_type=plain, type_=sa.Text(), postgresql_using=f"{name}::text")
    _rewrite(lambda text: cipher_of(op.get_bind().dialect).encrypt(text.encode()).decode())


def downgrade() -> None:
    _rewrite(lambda token: cipher_of(op.get_bind().dialect).decrypt(token).decode())
    for name, plain in PLAIN.items():
        cast = f"{name}::{plain.compile()}"
        op.alter_column("profiles", name, existing_type=sa.Text(), type_=plain, postgresql_using=cast)


def _rewrite(change: Callable[[str], str]) -> None:
    """Inside the migration's transaction, in pages by the primary key."""
    page = sa.select(PROFILES).order_by(PROFILES.c.user_id).limit(1_000)
    rows = op.get_bind().execute(page).all()
    while rows:
        for row in rows:
            values = {name: change(row._mapping[name]) for name in PLAIN if row._mapping[name] is not None}
            if values:
                op.execute(sa.update(PROFILES).where(PROFILES.c.user_id == row.user_id).values(values))
        rows = op.get_bind().execute(page.where(PROFILES.c.user_id > rows[-1].user_id)).all()

"""SQL on `versions`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, Row, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reads
from survey_service.core.problems import VersionNotFound
from survey_service.models import Question, Version

_is = Version.version == bindparam("of_version")
_newest_published = (
    select(Version.version).where(Version.status == "published").order_by(Version.published_at.desc()).limit(1)
)
_question_count = (
    select(func.count()).where(Question.version == Version.version).scalar_subquery().label("question_count")
)
_before = bindparam("before", type_=Integer)
_select_page = (
    select(Version, _question_count)
    .where(_before.is_(None) | (Version.version < _before))
    .order_by(Version.version.desc())
    .limit(bindparam("most"))
)
_select_for_update = select(Version).where(_is).with_for_update()
_insert = pg_insert(Version).on_conflict_do_nothing().returning(Version.version)
_insert_next = insert(Version).from_select(
    ["version"], select(func.coalesce(func.max(Version.version), 0) + 1)
).returning(Version.version)  # fmt: skip
# Importers queue for the next number; nobody who answers or reads waits for them.
_lock = text("LOCK TABLE versions IN SHARE ROW EXCLUSIVE MODE")
_publish = update(Version).where(_is).values(status="published", published_at=func.clock_timestamp())


async def get_published_version(db: Reads) -> int:
    """The version published last; there is always one, since the service publishes its own before it serves."""
    return int((await db.execute(_newest_published)).scalar_one())


async def list_versions(db: Reads, before: int | None, most: int) -> Sequence[Row[Any]]:
    """Newest first, each with its `question_count`."""
    return (await db.execute(_select_page, {"before": before, "most": most})).all()


async def get_version_for_update(db: AsyncConnection, version: int) -> Row[Any]:
    row = (await db.execute(_select_for_update, {"of_version": version})).first()
    if row is None:
        raise VersionNotFound
    return row


async def create_version(db: AsyncConnection, version: int) -> bool:
    """Insert a draft; False when the version is there already. Beside another writer of it, this waits for them."""
    return (await db.execute(_insert, {"version": version})).first() is not None


async def create_next_version(db: AsyncConnection) -> int:
    await db.execute(_lock)
    return int((await db.execute(_insert_next)).scalar_one())


async def publish_version(db: AsyncConnection, version: int) -> None:
    await db.execute(_publish, {"of_version": version})

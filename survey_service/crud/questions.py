"""SQL on `versions` and `questions`."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reads
from survey_service.models import Question, Version

_select_published = select(func.max(Version.version)).where(Version.status == "published")
_select_questions = (
    select(Question).where(Question.version == bindparam("of_version")).order_by(Question.order, Question.id)
)
_insert_version = pg_insert(Version).on_conflict_do_nothing().returning(Version.version)
_insert_questions = insert(Question)
_publish = (
    update(Version)
    .where(Version.version == bindparam("of_version"))
    .values(status="published", published_at=func.now())
)


async def get_published_version(db: Reads) -> int:
    """The newest published version; there is always one, since the service publishes its own before it serves."""
    return int((await db.execute(_select_published)).scalar_one())


async def list_questions(db: Reads, version: int) -> Sequence[Row[Any]]:
    return (await db.execute(_select_questions, {"of_version": version})).all()


async def create_version(db: AsyncConnection, version: int) -> bool:
    """Insert a draft; False when the version is there already. Beside another writer of it, this waits for them."""
    return (await db.execute(_insert_version, {"version": version})).first() is not None


async def create_questions(db: AsyncConnection, version: int, questions: Sequence[Mapping[str, Any]]) -> None:
    await db.execute(_insert_questions, [{**question, "version": version} for question in questions])


async def publish_version(db: AsyncConnection, version: int) -> None:
    await db.execute(_publish, {"of_version": version})

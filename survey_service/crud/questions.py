"""SQL on `questions`."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Reads
from survey_service.models import Question

_select_of_version = (
    select(Question).where(Question.version == bindparam("of_version")).order_by(Question.order, Question.id)
)
_insert = insert(Question)


async def list_questions(db: Reads, version: int) -> Sequence[Row[Any]]:
    return (await db.execute(_select_of_version, {"of_version": version})).all()


async def create_questions(db: AsyncConnection, version: int, questions: Sequence[Mapping[str, Any]]) -> None:
    await db.execute(_insert, [{**question, "version": version} for question in questions])

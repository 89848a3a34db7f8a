"""SQL that reads every submitted answer, a bounded number of responses at a time."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, Row, and_, bindparam, exists, func, literal_column, select

from service_kit.database import Reads
from survey_service.models import Answer, Question, Response

FIRST = UUID(int=0)

_version = bindparam("version", type_=Integer)
_since = bindparam("since", type_=DateTime(timezone=True))
_until = bindparam("until", type_=DateTime(timezone=True))
_wanted = and_(
    Response.status == literal_column("'complete'"),
    _version.is_(None) | (Response.version == _version),
    _since.is_(None) | (Response.started_at >= _since),
    _until.is_(None) | (Response.started_at < _until),
)
_page = (
    select(Response)
    .where(_wanted, Response.id > bindparam("after"), exists().where(Answer.response_id == Response.id))
    .order_by(Response.id)
    .limit(bindparam("at_most"))
    .cte("page")
)
_select_answers = (
    select(
        _page.c.id.label("response_id"),
        _page.c.user_id,
        _page.c.version,
        _page.c.started_at,
        _page.c.submitted_at,
        Question.key,
        Question.texts,
        Answer.value,
    )
    .select_from(_page)
    .join(Answer, Answer.response_id == _page.c.id)
    .join(Question, Question.id == Answer.question_id)
    .order_by(_page.c.id, Question.order, Question.id)
)
_count_answers = (
    select(func.count()).select_from(Answer).join(Response, Response.id == Answer.response_id).where(_wanted)
)


async def list_submitted_answers(
    db: Reads, version: int | None, period: Mapping[str, Any], after: UUID, at_most: int
) -> Sequence[Row[Any]]:
    """The answers of up to so many submitted responses after that one, whose ids follow the time they were started."""
    place = {"after": after, "at_most": at_most}
    return (await db.execute(_select_answers, {"version": version, **period, **place})).all()


async def count_submitted_answers(db: Reads, version: int | None, period: Mapping[str, Any]) -> int:
    return int((await db.execute(_count_answers, {"version": version, **period})).scalar_one())

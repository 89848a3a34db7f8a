"""SQL that counts responses and answers, for administrators. A period is the time in which responses were started."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    DateTime,
    Float,
    Integer,
    Row,
    and_,
    bindparam,
    case,
    cast,
    func,
    select,
    true,
)

from service_kit.database import Reads
from survey_service.core.problems import QuestionNotFound
from survey_service.models import Answer, Question, Response

BINS = 10


def _if_given(parameter: BindParameter[Any], test: ColumnElement[bool]) -> ColumnElement[bool]:
    return parameter.is_(None) | test


_version = bindparam("version", type_=Integer)
_since = bindparam("since", type_=DateTime(timezone=True))
_until = bindparam("until", type_=DateTime(timezone=True))
_of_version = _if_given(_version, Response.version == _version)
_in_period = and_(_if_given(_since, Response.started_at >= _since), _if_given(_until, Response.started_at < _until))
_is_complete = Response.status == "complete"
_one_question = Question.id == bindparam("question")

_select_totals = select(
    func.count(Response.user_id.distinct()).filter(_is_complete).label("total_users_submitted"),
    func.count(Response.user_id.distinct()).label("total_users_started"),
    func.count().filter(_is_complete).label("total_responses"),
    func.count().filter(Response.status == "open").label("open_drafts"),
).where(_of_version, _in_period)

_answered = (
    select(Answer.question_id, func.count().label("answered"))
    .join(Response, Response.id == Answer.response_id)
    .where(Response.version == bindparam("of_version"), _in_period)
    .group_by(Answer.question_id)
    .subquery()
)
_select_answered = (
    select(Question.id.label("question_id"), Question.key, func.coalesce(_answered.c.answered, 0).label("answered"))
    .outerjoin(_answered, _answered.c.question_id == Question.id)
    .where(Question.version == bindparam("of_version"))
    .order_by(Question.order, Question.id)
)
_count_responses = (
    select(func.count()).select_from(Response).where(Response.version == bindparam("of_version"), _in_period)
)

_select_question = select(Question).where(_one_question)
_values = (
    select(Answer.value)
    .join(Response, Response.id == Answer.response_id)
    .where(Answer.question_id == bindparam("question"), _is_complete, _in_period)
    .cte("given")
)
_count_values = select(func.count()).select_from(_values)
_as_list = case(
    (func.jsonb_typeof(_values.c.value) == "array", _values.c.value), else_=func.jsonb_build_array(_values.c.value)
)
_chosen = func.jsonb_array_elements_text(_as_list).table_valued("option").render_derived().lateral()
_select_choices = (
    select(_chosen.c.option, func.count().label("answers"))
    .select_from(_values)
    .join(_chosen, true())
    .group_by(_chosen.c.option)
)
_number = cast(_values.c.value, Float)
_select_numbers = select(
    func.count().label("answered"),
    func.avg(_number).label("mean"),
    func.min(_number).label("min"),
    func.max(_number).label("max"),
    *(
        func.percentile_cont(share).within_group(_number).label(name)
        for name, share in (("q1", 0.25), ("median", 0.5), ("q3", 0.75))
    ),
).select_from(_values)
_low, _high = bindparam("low", type_=Float), bindparam("high", type_=Float)
# The largest number would fall into a bin of its own beyond the last.
_bin = func.least(func.width_bucket(_number, _low, _high, BINS), BINS)
_select_bins = select(_bin.label("bin"), func.count().label("answers")).select_from(_values).group_by(_bin)


async def get_totals(db: Reads, version: int | None, period: Mapping[str, Any]) -> Row[Any]:
    return (await db.execute(_select_totals, {"version": version, **period})).one()


async def list_answered(db: Reads, version: int, period: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """How many responses answer each question of a version."""
    return (await db.execute(_select_answered, {"of_version": version, **period})).all()


async def count_responses(db: Reads, version: int, period: Mapping[str, Any]) -> int:
    return int((await db.execute(_count_responses, {"of_version": version, **period})).scalar_one())


async def get_question(db: Reads, question_id: int) -> Row[Any]:
    row = (await db.execute(_select_question, {"question": question_id})).first()
    if row is None:
        raise QuestionNotFound
    return row


async def count_answers(db: Reads, question_id: int, period: Mapping[str, Any]) -> int:
    return int((await db.execute(_count_values, {"question": question_id, **period})).scalar_one())


async def count_choices(db: Reads, question_id: int, period: Mapping[str, Any]) -> dict[str, int]:
    rows = (await db.execute(_select_choices, {"question": question_id, **period})).all()
    return {row.option: row.answers for row in rows}


async def describe_numbers(db: Reads, question_id: int, period: Mapping[str, Any]) -> Row[Any]:
    return (await db.execute(_select_numbers, {"question": question_id, **period})).one()


async def count_bins(db: Reads, question_id: int, low: float, high: float, period: Mapping[str, Any]) -> dict[int, int]:
    """Counts per bin, 1 to BINS, of equal width from `low` to `high`, which must differ."""
    rows = (await db.execute(_select_bins, {"question": question_id, "low": low, "high": high, **period})).all()
    return {row.bin: row.answers for row in rows}

"""SQL on `responses` and `answers`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, func, insert, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from service_kit.database import Reads
from survey_service.core.problems import NoCompleteResponse
from survey_service.domain.catalogue import Answer as AnswerValue
from survey_service.models import Answer, Question, Response

_of_user = Response.user_id == bindparam("of_user")
_is = Response.id == bindparam("of_response")
_of_response = Answer.response_id == bindparam("of_response")
# Written into the SQL: once PostgreSQL plans a statement for any parameters, it matches no partial index to one.
_is_open = Response.status == literal_column("'open'")
_newest_submitted = (Response.submitted_at.desc(), Response.id.desc())

_answers_by_key = select(
    func.coalesce(func.jsonb_object_agg(Question.key, Answer.value), text("'{}'::jsonb"))
).join_from(Answer, Question)
_with_answers = select(
    Response, _answers_by_key.where(Answer.response_id == Response.id).scalar_subquery().label("answers")
)

_select_submitted = _with_answers.where(_of_user, Response.status == "complete").order_by(*_newest_submitted).limit(1)
_select_current = (
    _with_answers.where(_of_user, Response.status.in_(["open", "complete"]))
    .order_by(_is_open.desc(), *_newest_submitted)
    .limit(1)
)
# The update locks and returns the draft that is there, for a change which it counts.
_find_or_insert_open = (
    pg_insert(Response)
    .values(status="open")
    .on_conflict_do_update(
        index_elements=[Response.user_id],
        index_where=_is_open,
        set_={"revision": Response.revision + 1},
    )
    .returning(Response)
)
# The clock's time, not the transaction's: of two submissions the one that waited for the other is the newer.
_complete = (
    update(Response)
    .where(_is)
    .values(status="complete", version=bindparam("on_version"), submitted_at=func.clock_timestamp())
    .returning(Response)
)
_supersede = update(Response).where(_is).values(status="superseded")
_select_answers = _answers_by_key.where(_of_response)
_select_answer_times = select(Question.key, Answer.answered_at).join_from(Answer, Question).where(_of_response)
_insert_answers = insert(Answer)
_upsert = pg_insert(Answer)
_upsert_answer = _upsert.on_conflict_do_update(
    index_elements=[Answer.response_id, Answer.question_id],
    set_={"value": _upsert.excluded.value, "answered_at": func.now()},
)
_delete_answer = delete(Answer).where(_of_response, Answer.question_id == bindparam("of_question"))
_delete_answers = delete(Answer).where(_of_response)


async def find_submitted_response(db: Reads, user_id: UUID) -> Row[Any] | None:
    """The newest complete response, with its `answers` by question key."""
    return (await db.execute(_select_submitted, {"of_user": user_id})).first()


async def get_submitted_response(db: Reads, user_id: UUID) -> Row[Any]:
    response = await find_submitted_response(db, user_id)
    if response is None:
        raise NoCompleteResponse
    return response


async def find_current_response(db: Reads, user_id: UUID) -> Row[Any] | None:
    """The open draft if there is one, else the newest complete response; with its `answers` by question key."""
    return (await db.execute(_select_current, {"of_user": user_id})).first()


async def find_or_create_open_response(db: AsyncConnection, user_id: UUID, version: int) -> tuple[Row[Any], bool]:
    """The person's one open draft, locked, and whether it was made now.

    Everything that changes a person's answers comes through here first, so they happen one after the other: who comes
    second waits, and sees what the first one did.
    """
    new_id = uuid7()
    values = {"id": new_id, "user_id": user_id, "version": version}
    draft = (await db.execute(_find_or_insert_open, values)).one()
    return draft, draft.id == new_id


async def complete_response(db: AsyncConnection, response_id: UUID, version: int) -> Row[Any]:
    return (await db.execute(_complete, {"of_response": response_id, "on_version": version})).one()


async def supersede_response(db: AsyncConnection, response_id: UUID) -> None:
    await db.execute(_supersede, {"of_response": response_id})


async def get_answers(db: Reads, response_id: UUID) -> dict[str, AnswerValue]:
    """The answers of a response by question key.

    A locked draft's answers need this statement of their own: the one that waited for the lock still sees the answers
    as they were before it waited.
    """
    answers: dict[str, AnswerValue] = (await db.execute(_select_answers, {"of_response": response_id})).scalar_one()
    return answers


async def get_answer_times(db: Reads, response_id: UUID) -> dict[str, datetime]:
    rows = (await db.execute(_select_answer_times, {"of_response": response_id})).all()
    return {row.key: row.answered_at for row in rows}


async def save_answer(db: AsyncConnection, response_id: UUID, question_id: int, value: AnswerValue) -> None:
    await db.execute(_upsert_answer, {"response_id": response_id, "question_id": question_id, "value": value})


async def delete_answer(db: AsyncConnection, response_id: UUID, question_id: int) -> None:
    await db.execute(_delete_answer, {"of_response": response_id, "of_question": question_id})


async def replace_answers(db: AsyncConnection, response_id: UUID, values: Mapping[int, AnswerValue]) -> None:
    await db.execute(_delete_answers, {"of_response": response_id})
    rows = [{"response_id": response_id, "question_id": key, "value": value} for key, value in values.items()]
    if rows:
        await db.execute(_insert_answers, rows)

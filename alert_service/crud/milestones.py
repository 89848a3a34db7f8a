"""SQL on `milestone_states` and `milestones`."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from alert_service.domain.milestones import State
from alert_service.models import Milestone, MilestoneState
from service_kit.database import Reads

_of_user = MilestoneState.user_id == bindparam("of_user")
_select_state = select(*(getattr(MilestoneState, field.name) for field in fields(State))).where(_of_user)
_select_state_for_update = _select_state.with_for_update()
_insert_blank_state = pg_insert(MilestoneState).on_conflict_do_nothing()
_update_state = update(MilestoneState).where(_of_user)
_renew = update(MilestoneState).where(_of_user).values(stale_told=False)
_select_stale_for_update = (
    select(MilestoneState.user_id, MilestoneState.score_version, MilestoneState.score)
    .where(~MilestoneState.stale_told, MilestoneState.calculated_at < bindparam("before"))
    .order_by(MilestoneState.calculated_at)
    .limit(bindparam("at_most"))
    .with_for_update(skip_locked=True)
)
_people = bindparam("people", type_=ARRAY(Uuid))
_mark_stale_told = update(MilestoneState).where(MilestoneState.user_id == any_(_people)).values(stale_told=True)
_insert_milestones = pg_insert(Milestone).on_conflict_do_nothing()
_select_milestones = select(Milestone).where(Milestone.user_id == bindparam("of_user")).order_by(Milestone.threshold)


async def get_state(db: Reads, user_id: UUID) -> State:
    row = (await db.execute(_select_state, {"of_user": user_id})).first()
    return State(*row) if row else State()


async def get_state_for_update(db: AsyncConnection, user_id: UUID) -> State:
    """Lock a person's state, made blank if there is none, so that two events at once are taken one after the other."""
    await db.execute(_insert_blank_state, {"user_id": user_id})
    return State(*(await db.execute(_select_state_for_update, {"of_user": user_id})).one())


async def update_state(db: AsyncConnection, user_id: UUID, state: State) -> None:
    await db.execute(_update_state, {"of_user": user_id, **asdict(state)})


async def renew_score(db: AsyncConnection, user_id: UUID, calculated_at: datetime) -> None:
    """Note when a person's current score was calculated; of its age nothing has been told yet."""
    await db.execute(_renew, {"of_user": user_id, "calculated_at": calculated_at})


async def list_stale_for_update(db: AsyncConnection, before: datetime, at_most: int) -> Sequence[Row[UUID, int, int]]:
    """Lock people whose score was calculated before that time and who were not told; who is locked is passed over."""
    return (await db.execute(_select_stale_for_update, {"before": before, "at_most": at_most})).all()


async def mark_stale_told(db: AsyncConnection, people: Sequence[UUID]) -> None:
    await db.execute(_mark_stale_told, {"people": people})


async def create_milestones(
    db: AsyncConnection, user_id: UUID, thresholds: Sequence[int], score: int, reached_at: datetime
) -> None:
    """Store thresholds as reached; one reached before keeps its first time."""
    reached = {"user_id": user_id, "score": score, "reached_at": reached_at}
    await db.execute(_insert_milestones, [{**reached, "threshold": each} for each in thresholds])


async def list_milestones(db: Reads, user_id: UUID) -> Sequence[Row[Any]]:
    return (await db.execute(_select_milestones, {"of_user": user_id})).all()

"""SQL on `milestone_states` and `milestones`."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select, update
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


async def create_milestones(
    db: AsyncConnection, user_id: UUID, thresholds: Sequence[int], score: int, reached_at: datetime
) -> None:
    """Store thresholds as reached; one reached before keeps its first time."""
    reached = {"user_id": user_id, "score": score, "reached_at": reached_at}
    await db.execute(_insert_milestones, [{**reached, "threshold": each} for each in thresholds])


async def list_milestones(db: Reads, user_id: UUID) -> Sequence[Row[Any]]:
    return (await db.execute(_select_milestones, {"of_user": user_id})).all()

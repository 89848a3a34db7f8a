"""How a person sets a target: from then on it is a milestone like the others, told of once."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from alert_service.core.problems import GoalNotFound
from alert_service.crud import goals as goals_crud
from alert_service.crud import milestones as milestones_crud
from alert_service.domain.milestones import State
from alert_service.schemas.goals import GoalIn, GoalOut
from service_kit.database import Reads, Transaction
from service_kit.schemas import utc_now


async def get_goal(db: Reads, user_id: UUID) -> GoalOut:
    goal = await goals_crud.find_goal(db, user_id)
    if goal is None:
        raise GoalNotFound
    return _goal_out(goal, await milestones_crud.get_state(db, user_id))


async def replace_goal(db: Transaction, user_id: UUID, payload: GoalIn) -> GoalOut:
    """Set or replace a goal. One the score already meets counts as reached, and is not told as if it were news.

    The same goal sent again was reached when it was.
    """
    state = await milestones_crud.get_state_for_update(db, user_id)
    is_open = state.score < payload.target
    await milestones_crud.update_state(db, user_id, replace(state, goal=payload.target if is_open else 0))
    before = await goals_crud.find_goal(db, user_id)
    since = before.reached_at if before is not None and before.target == payload.target else None
    reached_at = None if is_open else since or utc_now()
    await goals_crud.create_or_replace_goal(db, user_id, payload.target, payload.by, reached_at)
    return await get_goal(db, user_id)


def _goal_out(goal: Any, state: State) -> GoalOut:
    return GoalOut(
        user_id=goal.user_id,
        target=goal.target,
        by=goal.by,
        points_to_go=max(goal.target - state.score, 0) if state.has_score else None,
        reached_at=goal.reached_at,
    )

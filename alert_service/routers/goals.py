"""`/goals/{user_id}`."""

from typing import Any

from fastapi import APIRouter

from alert_service.core.auth import ManageGoal
from alert_service.core.problems import GoalNotFound
from alert_service.schemas.goals import GoalIn, GoalOut
from alert_service.services import goals as goals_service
from service_kit.database import ReadOnly, Transaction
from service_kit.problems import NotFound, PersonErased, Unauthenticated, problems

router = APIRouter(prefix="/goals", tags=["goals"], responses=problems(Unauthenticated))


@router.get("/{user_id}", responses=problems(GoalNotFound), response_model=GoalOut)
async def get_goal(user_id: ManageGoal, db: ReadOnly) -> Any:
    """A person's own target, and how far it is."""
    return await goals_service.get_goal(db, user_id)


@router.put("/{user_id}", responses=problems(NotFound, PersonErased), response_model=GoalOut)
async def replace_goal(user_id: ManageGoal, db: Transaction, payload: GoalIn) -> Any:
    """Set a target, in place of the one before; reaching it makes an alert, once."""
    return await goals_service.replace_goal(db, user_id, payload)

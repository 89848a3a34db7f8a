"""`/milestones/{user_id}`."""

from typing import Any

from fastapi import APIRouter

from alert_service.core.auth import ReadMilestones
from alert_service.schemas.milestones import MilestonesOut
from alert_service.services import milestones as milestones_service
from service_kit.database import ReadOnly
from service_kit.problems import NotFound, Unauthenticated, problems

router = APIRouter(prefix="/milestones", tags=["milestones"], responses=problems(Unauthenticated, NotFound))


@router.get("/{user_id}", response_model=MilestonesOut)
async def get_milestones(user_id: ReadMilestones, db: ReadOnly) -> Any:
    """The thresholds a person has reached, when and at what score, and how far the next one is."""
    return await milestones_service.get_milestones(db, user_id)

"""`GET /score-updates/{user_id}`; the updates come in through `consumers`."""

from typing import Any

from fastapi import APIRouter

from alert_service.core.auth import ReadScoreUpdates
from alert_service.schemas.score_updates import ScoreUpdateOut
from alert_service.services import score_updates as score_updates_service
from service_kit.database import ReadOnly
from service_kit.languages import CallersLanguage
from service_kit.pagination import Cursor, Limit, Page
from service_kit.problems import NotFound, Unauthenticated, problems

router = APIRouter(prefix="/score-updates", tags=["score updates"], responses=problems(Unauthenticated, NotFound))


@router.get("/{user_id}", response_model=Page[ScoreUpdateOut])
async def list_score_updates(
    user_id: ReadScoreUpdates, db: ReadOnly, language: CallersLanguage, limit: Limit = 20, cursor: Cursor = None
) -> Any:
    """The score updates received for a person, newest first."""
    return await score_updates_service.list_score_updates(db, user_id, limit, cursor, language)

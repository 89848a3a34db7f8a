"""What this service hears from the score service, at two paths."""

from typing import Any

from fastapi import APIRouter

from alert_service.core.auth import ReportScores
from alert_service.core.problems import AlertExists
from alert_service.schemas.alerts import AlertOut
from alert_service.schemas.score_updates import ScoreUpdateIn
from alert_service.services import score_updates as score_updates_service
from service_kit.database import Transaction
from service_kit.languages import CallersLanguage
from service_kit.problems import PersonErased, Unauthenticated, problems
from service_kit.schemas import utc_now

router = APIRouter(tags=["score updates"], responses=problems(Unauthenticated, AlertExists, PersonErased))


@router.post("/score-updates", response_model=list[AlertOut])
@router.post("/alerts/on-score-updated", name="receive_score_update_as_alert", response_model=list[AlertOut])
async def receive_score_update(
    _caller: ReportScores, db: Transaction, language: CallersLanguage, payload: ScoreUpdateIn
) -> Any:
    """Take in a calculated score once and answer the alerts it made; a repeated event is answered the same."""
    return await score_updates_service.receive_score_update(db, payload, language, utc_now())

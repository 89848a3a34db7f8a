"""What this service hears of people's disputes."""

from fastapi import APIRouter

from alert_service.core.auth import ReportScores
from alert_service.schemas.dispute_notices import DisputeNoticeIn
from alert_service.services import dispute_notices as dispute_notices_service
from service_kit.database import Transaction
from service_kit.problems import PersonErased, Unauthenticated, problems

router = APIRouter(prefix="/internal", tags=["dispute notices"], responses=problems(Unauthenticated, PersonErased))


@router.post("/dispute-notices", status_code=204)
async def receive_dispute_notice(_caller: ReportScores, db: Transaction, payload: DisputeNoticeIn) -> None:
    """Take in how a dispute was decided, and make an alert of it; a repeated event changes nothing."""
    await dispute_notices_service.receive_dispute_notice(db, payload)

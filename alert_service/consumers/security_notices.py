"""What this service hears of people's accounts."""

from fastapi import APIRouter

from alert_service.core.auth import ReportSecurity
from alert_service.schemas.security_notices import SecurityNoticeIn
from alert_service.services import security_notices as security_notices_service
from service_kit.database import Transaction
from service_kit.problems import PersonErased, Unauthenticated, problems

router = APIRouter(prefix="/internal", tags=["security notices"], responses=problems(Unauthenticated, PersonErased))


@router.post("/security-notices", status_code=204)
async def receive_security_notice(_caller: ReportSecurity, db: Transaction, payload: SecurityNoticeIn) -> None:
    """Take in what happened to an account, and make an alert of it; a repeated event changes nothing."""
    await security_notices_service.receive_security_notice(db, payload)

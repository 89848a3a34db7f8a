"""What this service hears from the user service: what people agreed to when they signed up."""

from uuid import UUID

from fastapi import APIRouter

from profile_service.core.auth import TellConsents
from profile_service.schemas.consents import ToldConsentIn
from profile_service.services import consents as consents_service
from service_kit.database import Transaction
from service_kit.problems import PersonErased, Unauthenticated, problems

router = APIRouter(
    prefix="/internal/consents", tags=["between services"], responses=problems(Unauthenticated, PersonErased)
)


@router.post("/{user_id}", status_code=204)
async def receive_consent(_caller: TellConsents, db: Transaction, user_id: UUID, payload: ToldConsentIn) -> None:
    """Record a consent given elsewhere; an event that comes again changes nothing."""
    await consents_service.add_consent(db, user_id, payload)

"""What this service hears from the profile service: who agrees to be scored."""

from uuid import UUID

from fastapi import APIRouter

from score_service.core.auth import TellConsents
from score_service.crud import consents as consents_crud
from score_service.schemas.consents import ConsentIn
from service_kit.database import Transaction
from service_kit.problems import PersonErased, Unauthenticated, problems

router = APIRouter(
    prefix="/internal/consents", tags=["between services"], responses=problems(Unauthenticated, PersonErased)
)


@router.put("/{user_id}", status_code=204)
async def keep_consent(_caller: TellConsents, db: Transaction, user_id: UUID, payload: ConsentIn) -> None:
    """Take in whether a person may be scored; what is not newer changes nothing."""
    await consents_crud.keep_consent(db, user_id, payload.number, payload.granted)

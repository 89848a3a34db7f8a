"""What this service hears of the people it tells: their preferences, and their verified addresses."""

from uuid import UUID

from fastapi import APIRouter

from alert_service.core.auth import TellAddresses, TellPreferences
from alert_service.crud import recipients as recipients_crud
from alert_service.schemas.recipients import AddressIn, DeliveryPreferencesIn
from service_kit.database import Transaction
from service_kit.problems import PersonErased, Unauthenticated, problems

router = APIRouter(prefix="/internal", tags=["recipients"], responses=problems(Unauthenticated, PersonErased))


@router.put("/delivery-preferences/{user_id}", status_code=204)
async def keep_preferences(
    _caller: TellPreferences, db: Transaction, user_id: UUID, payload: DeliveryPreferencesIn
) -> None:
    """Take in how a person wants to be told; a version that is not newer changes nothing."""
    told = payload.model_dump(mode="json", exclude={"version"})
    await recipients_crud.keep_preferences(db, user_id, payload.version, told)


@router.put("/addresses/{user_id}", status_code=204)
async def keep_address(_caller: TellAddresses, db: Transaction, user_id: UUID, payload: AddressIn) -> None:
    """Take in a person's verified address, or that there is none; a version that is not newer changes nothing."""
    await recipients_crud.keep_address(db, user_id, payload.version, payload.email)

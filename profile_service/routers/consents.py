"""`/consents/me`."""

from typing import Any

from fastapi import APIRouter

from profile_service.core.auth import ManageOwnConsents
from profile_service.schemas.consents import ConsentIn, ConsentOut, ConsentsOut
from profile_service.services import consents as consents_service
from service_kit.database import ReadOnly, Transaction
from service_kit.pagination import Cursor, Limit
from service_kit.problems import PersonErased, Unauthenticated, problems

router = APIRouter(prefix="/consents", tags=["consents"], responses=problems(Unauthenticated))


@router.get("/me", response_model=ConsentsOut)
async def list_consents(person: ManageOwnConsents, db: ReadOnly, limit: Limit = 20, cursor: Cursor = None) -> Any:
    """What you have agreed to, now and over time."""
    return await consents_service.list_consents(db, person.user_id, cursor, limit)


@router.post("/me", status_code=201, responses=problems(PersonErased), response_model=ConsentOut)
async def add_consent(person: ManageOwnConsents, db: Transaction, payload: ConsentIn) -> Any:
    """Give a consent or take one back; what you said before stays on record."""
    return await consents_service.add_consent(db, person.user_id, payload)

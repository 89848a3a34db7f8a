"""How consents are given and taken back: an entry each time, and news of it to whom it binds."""

from typing import Any
from uuid import UUID

from profile_service.crud import consents as consents_crud
from profile_service.events.consents import add_consent_changed
from profile_service.schemas.consents import ConsentIn
from service_kit.database import Reads, Transaction
from service_kit.pagination import decode_cursor, page_of


async def list_consents(db: Reads, user_id: UUID, cursor: str | None, limit: int) -> dict[str, Any]:
    (before,) = decode_cursor(cursor, int) or (None,)
    rows = await consents_crud.list_consents(db, user_id, before, limit + 1)
    items, following = page_of(rows, limit, lambda row: [row.id])
    return {"in_force": await consents_crud.list_in_force(db, user_id), "items": items, "next": following}


async def add_consent(db: Transaction, user_id: UUID, payload: ConsentIn) -> Any:
    """Add an entry and tell the score service if it is about scoring; an event told of before adds nothing."""
    consent = await consents_crud.add_consent(db, {"user_id": user_id, **payload.model_dump()})
    if consent is not None and consent.purpose == "scoring":
        await add_consent_changed(db, consent)
    return consent

"""What this service tells of consents. `consent.changed.v1` is the body of the score service's
`PUT /internal/consents/{user_id}`."""

from typing import Any
from uuid import uuid5

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_service.models import outbox
from service_kit.outbox import add_event

CONSENT_CHANGED = "consent.changed.v1"


async def add_consent_changed(db: AsyncConnection, consent: Row[Any]) -> None:
    """Two at once may be told in either order: the entry's number says which one is newer."""
    payload = {"user_id": str(consent.user_id), "number": consent.id, "granted": consent.granted}
    key = uuid5(consent.user_id, CONSENT_CHANGED)
    await add_event(db, outbox, key=key, kind=CONSENT_CHANGED, payload=payload)

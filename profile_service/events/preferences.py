"""What this service tells of preferences. `preferences.changed.v1` is the body of the alert service's
`PUT /internal/delivery-preferences/{user_id}`."""

from typing import Any
from uuid import uuid5

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_service.models import outbox
from service_kit.outbox import add_event

PREFERENCES_CHANGED = "preferences.changed.v1"


async def add_preferences_changed(db: AsyncConnection, preferences: Row[Any]) -> None:
    """Called with the person's row locked, which puts their events in the order of their versions.

    The key is the person's for this kind alone, so that a receiver that is down holds up no event for another one.
    """
    payload = {
        "user_id": str(preferences.user_id),
        "version": preferences.version,
        "language": preferences.language,
        "notifications": preferences.notifications,
        "quiet_hours": preferences.quiet_hours,
    }
    key = uuid5(preferences.user_id, PREFERENCES_CHANGED)
    await add_event(db, outbox, key=key, kind=PREFERENCES_CHANGED, payload=payload)

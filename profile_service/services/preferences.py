"""How preferences are read and changed: everyone has the defaults until they change a key."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from profile_service.core.etags import check_version
from profile_service.crud import preferences as preferences_crud
from profile_service.schemas.preferences import PreferencesIn
from service_kit.database import Reads, Transaction

DEFAULTS: dict[str, Any] = {
    "theme": "auto",
    "language": "en",
    "notifications": {
        "in_app": True,
        "email": True,
        "push": False,
        "milestones": True,
        "score_changes": True,
        "tips": False,
    },
    "quiet_hours": None,
}


async def get_preferences(db: Reads, user_id: UUID) -> Any:
    return await preferences_crud.find_preferences(db, user_id) or SimpleNamespace(**DEFAULTS, version=0)


async def update_preferences(
    db: Transaction, user_id: UUID, payload: PreferencesIn, expected_version: int | None
) -> Any:
    current = await preferences_crud.get_preferences_for_update(db, user_id, DEFAULTS)
    check_version(expected_version, current.version)
    changes = payload.model_dump(exclude_unset=True)
    # Only quiet hours can be set to null; null for another key says nothing, as if it were absent.
    values = {key: value for key, value in changes.items() if value is not None or key == "quiet_hours"}
    if "notifications" in values:
        wanted = {key: value for key, value in values["notifications"].items() if value is not None}
        values["notifications"] = {**current.notifications, **wanted}
    return await preferences_crud.update_preferences(db, user_id, values)

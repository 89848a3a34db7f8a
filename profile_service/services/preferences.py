"""How preferences are read and changed: everyone has the defaults until they change a key."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from profile_service.core.etags import check_version
from profile_service.crud import preferences as preferences_crud
from profile_service.events.preferences import add_preferences_changed
from profile_service.schemas.preferences import PreferencesIn
from service_kit.database import Reads, Transaction

DEFAULTS: dict[str, Any] = {
    "theme": "auto",
    "language": "en",
    "notifications": {
        "in_app": True,
        "email": True,
        "push": False,
        "webhook": True,
        "milestones": True,
        "score_changes": True,
        "reminders": True,
        "tips": False,
        "by_type": {
            type_: {"in_app": True, "email": True, "webhook": True}
            for type_ in ("milestones", "score_changes", "reminders")
        },
        "digest": "at_once",
    },
    "quiet_hours": None,
}


async def get_preferences(db: Reads, user_id: UUID) -> Any:
    stored = await preferences_crud.find_preferences(db, user_id)
    return _complete(stored) if stored else SimpleNamespace(**DEFAULTS, version=0)


async def update_preferences(
    db: Transaction, user_id: UUID, payload: PreferencesIn, expected_version: int | None
) -> Any:
    current = _complete(await preferences_crud.get_preferences_for_update(db, user_id, DEFAULTS))
    check_version(expected_version, current.version)
    changes = payload.model_dump(exclude_unset=True)
    # Only quiet hours can be set to null; null for another key says nothing, as if it were absent.
    values = {key: value for key, value in changes.items() if value is not None or key == "quiet_hours"}
    if "notifications" in values:
        values["notifications"] = _merged(current.notifications, values["notifications"])
    preferences = await preferences_crud.update_preferences(db, user_id, values)
    await add_preferences_changed(db, preferences)
    return preferences


def _complete(stored: Any) -> Any:
    """What was stored before a key existed has its default."""
    notifications = _merged(DEFAULTS["notifications"], stored.notifications)
    return SimpleNamespace(**{**stored._mapping, "notifications": notifications})


def _merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the changes in them, at every depth; a change to null is none."""
    named = {key: value for key, value in changes.items() if value is not None}
    inner = {key: _merged(before[key], value) for key, value in named.items() if isinstance(value, Mapping)}
    return {**before, **named, **inner}

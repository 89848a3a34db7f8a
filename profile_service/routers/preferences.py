"""`/preferences/me`."""

from typing import Any

from fastapi import APIRouter, Response

from profile_service.core.auth import ManageOwnPreferences
from profile_service.core.etags import ExpectedVersion, set_etag
from profile_service.core.problems import ChangedMeanwhile
from profile_service.schemas.preferences import PreferencesIn, PreferencesOut
from profile_service.services import preferences as preferences_service
from service_kit.database import ReadOnly, Transaction
from service_kit.problems import PersonErased, Unauthenticated, problems

router = APIRouter(prefix="/preferences", tags=["preferences"], responses=problems(Unauthenticated))


@router.get("/me", response_model=PreferencesOut)
async def get_preferences(person: ManageOwnPreferences, db: ReadOnly, response: Response) -> Any:
    """Read your preferences; defaults exist for everyone."""
    preferences = await preferences_service.get_preferences(db, person.user_id)
    set_etag(response, preferences.version)
    return preferences


@router.put(
    "/me", responses=problems(ChangedMeanwhile, PersonErased), response_model=PreferencesOut, name="replace_preferences"
)
@router.patch("/me", responses=problems(ChangedMeanwhile, PersonErased), response_model=PreferencesOut)
async def update_preferences(
    person: ManageOwnPreferences, db: Transaction, payload: PreferencesIn, expected: ExpectedVersion, response: Response
) -> Any:
    """Change the preferences you name, with PUT as with PATCH; `quiet_hours: null` ends the quiet hours."""
    preferences = await preferences_service.update_preferences(db, person.user_id, payload, expected)
    set_etag(response, preferences.version)
    return preferences

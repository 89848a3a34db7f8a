"""How a profile is written: create once, replace whole, or change what is named."""

from typing import Any
from uuid import UUID

from profile_service.core.etags import check_version
from profile_service.core.problems import ProfileNotFound
from profile_service.crud import profiles as profiles_crud
from profile_service.domain.completeness import Completeness, completeness
from profile_service.domain.phones import e164
from profile_service.schemas.profiles import ProfileIn
from service_kit.database import Reads, Transaction


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    """The columns a set of wire fields fills: the phone brings its international form along."""
    if "phone" not in values:
        return values
    return {**values, "phone_e164": e164(values["phone"]) if values["phone"] else None}


async def create_profile(db: Transaction, user_id: UUID, payload: ProfileIn) -> Any:
    return await profiles_crud.create_profile(db, user_id, _columns(payload.model_dump()))


async def replace_profile(db: Transaction, user_id: UUID, payload: ProfileIn, expected_version: int | None) -> Any:
    current = await profiles_crud.find_profile_for_update(db, user_id)
    check_version(expected_version, current.version if current else 0)
    return await profiles_crud.create_or_update_profile(db, user_id, _columns(payload.model_dump()))


async def update_profile(db: Transaction, user_id: UUID, payload: ProfileIn, expected_version: int | None) -> Any:
    current = await profiles_crud.find_profile_for_update(db, user_id)
    if current is None:
        raise ProfileNotFound
    check_version(expected_version, current.version)
    return await profiles_crud.update_profile(db, user_id, _columns(payload.model_dump(exclude_unset=True)))


async def profile_completeness(db: Reads, user_id: UUID) -> Completeness:
    profile = await profiles_crud.get_profile(db, user_id)
    return completeness(profile._asdict())

"""`/profile/me`."""

from typing import Any

from fastapi import APIRouter, Response

from profile_service.core.auth import DeleteOwnProfile, ManageOwnProfile
from profile_service.core.etags import ExpectedVersion, set_etag
from profile_service.core.problems import ChangedMeanwhile, ProfileExists, ProfileNotFound
from profile_service.crud import profiles as profiles_crud
from profile_service.schemas.profiles import CompletenessOut, ProfileIn, ProfileOut
from profile_service.services import profiles as profiles_service
from service_kit.database import ReadOnly, Transaction
from service_kit.problems import PersonErased, Unauthenticated, Unavailable, problems

router = APIRouter(prefix="/profile", tags=["profile"], responses=problems(Unauthenticated))


@router.get("/me", responses=problems(ProfileNotFound), response_model=ProfileOut)
async def get_profile(person: ManageOwnProfile, db: ReadOnly, response: Response) -> Any:
    """Read your profile; the `ETag` names its version."""
    profile = await profiles_crud.get_profile(db, person.user_id)
    set_etag(response, profile.version)
    return profile


@router.post("/me", status_code=201, responses=problems(ProfileExists, PersonErased), response_model=ProfileOut)
async def create_profile(person: ManageOwnProfile, db: Transaction, payload: ProfileIn, response: Response) -> Any:
    """Fill in your profile for the first time."""
    profile = await profiles_service.create_profile(db, person.user_id, payload)
    set_etag(response, profile.version)
    return profile


@router.put("/me", responses=problems(ChangedMeanwhile, PersonErased), response_model=ProfileOut)
async def replace_profile(
    person: ManageOwnProfile, db: Transaction, payload: ProfileIn, expected: ExpectedVersion, response: Response
) -> Any:
    """Create or replace your profile; absent fields are cleared."""
    profile = await profiles_service.replace_profile(db, person.user_id, payload, expected)
    set_etag(response, profile.version)
    return profile


@router.patch("/me", responses=problems(ProfileNotFound, ChangedMeanwhile), response_model=ProfileOut)
async def update_profile(
    person: ManageOwnProfile, db: Transaction, payload: ProfileIn, expected: ExpectedVersion, response: Response
) -> Any:
    """Change the fields you name; null clears one."""
    profile = await profiles_service.update_profile(db, person.user_id, payload, expected)
    set_etag(response, profile.version)
    return profile


@router.delete("/me", status_code=204, responses=problems(ProfileNotFound, Unavailable))
async def delete_profile(person: DeleteOwnProfile, db: Transaction) -> None:
    """Delete your profile."""
    await profiles_crud.delete_profile(db, person.user_id)


@router.get("/me/completeness", responses=problems(ProfileNotFound), response_model=CompletenessOut)
async def get_completeness(person: ManageOwnProfile, db: ReadOnly) -> Any:
    """How much of your profile is filled in, and what is missing."""
    return await profiles_service.profile_completeness(db, person.user_id)

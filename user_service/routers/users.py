"""`/users/me`."""

from typing import Any

from fastapi import APIRouter

from service_kit.auth import ForeignOrigin
from service_kit.database import ReadOnly
from service_kit.problems import Unauthenticated, Unavailable, problems
from user_service.core.auth import ChangeOwnAccount, ReadOwnAccount
from user_service.core.desk import AtDesk
from user_service.core.problems import EmailTaken, TooManyAttempts, WrongPassword
from user_service.schemas.users import AccountIn, UserOut
from user_service.services import users as users_service

router = APIRouter(prefix="/users", tags=["account"], responses=problems(Unauthenticated))

CHANGE_PROBLEMS = problems(ForeignOrigin, WrongPassword, EmailTaken, TooManyAttempts, Unavailable)


@router.get("/me", response_model=UserOut)
async def get_account(person: ReadOwnAccount, db: ReadOnly) -> Any:
    """Read your account."""
    return await users_service.get_account(db, person.user_id)


@router.patch("/me", responses=CHANGE_PROBLEMS, response_model=UserOut)
async def update_account(person: ChangeOwnAccount, desk: AtDesk, payload: AccountIn) -> Any:
    """Change your username or email; a new email needs your password."""
    return await users_service.update_account(desk, person.user_id, payload)


@router.put("/me", responses=CHANGE_PROBLEMS, response_model=UserOut)
async def replace_account(person: ChangeOwnAccount, desk: AtDesk, payload: AccountIn) -> Any:
    """Change what you name, as PATCH does."""
    return await users_service.update_account(desk, person.user_id, payload)

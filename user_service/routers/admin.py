"""`/admin`: what administrators see and do."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from service_kit.auth import OwnUserId
from service_kit.database import ReadOnly, Transaction
from service_kit.idempotency import Idempotency, KeyReused, KeyStillRunning
from service_kit.pagination import Cursor, Limit, Page
from service_kit.problems import Forbidden, Unauthenticated, Unavailable, problems
from service_kit.schemas import Text
from user_service.core.auth import ManageUsers
from user_service.core.desk import AtDesk
from user_service.core.problems import EmailTaken, LastAdministrator, OwnAccount, UserNotFound
from user_service.crud import users as users_crud
from user_service.schemas.erasures import ReceiptOut
from user_service.schemas.users import KEPT, Reason, ReasonIn, SummaryOut, UserChangesIn, UserIn, UserOut
from user_service.services import admin as admin_service
from user_service.services import erasures as erasures_service

router = APIRouter(prefix="/admin", tags=["admin"], responses=problems(Unauthenticated, Forbidden, Unavailable))

Why = Annotated[Reason | None, Query(description=KEPT)]
Search = Annotated[Text | None, Query(min_length=1, max_length=100, description="Part of an email or a username")]


@router.get("/summary", response_model=SummaryOut)
async def get_summary(_: ManageUsers, db: ReadOnly) -> Any:
    """Count the accounts."""
    return await users_crud.get_summary(db)


@router.get("/users", response_model=Page[UserOut])
async def list_users(
    _: ManageUsers,
    db: ReadOnly,
    search: Search = None,
    disabled: bool | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Any:
    """List accounts, newest first."""
    return await admin_service.list_users(db, search, disabled, cursor, limit)


@router.post(
    "/users",
    status_code=201,
    responses=problems(EmailTaken, KeyStillRunning, KeyReused, Unavailable),
    response_model=UserOut,
)
async def create_user(admin: ManageUsers, desk: AtDesk, key: Idempotency, payload: UserIn) -> Any:
    """Make an account for somebody."""
    return await admin_service.create_user(desk, admin.user_id, payload, key)


@router.get("/users/{user_id}", responses=problems(UserNotFound), response_model=UserOut)
async def get_user(_: ManageUsers, db: ReadOnly, user_id: OwnUserId) -> Any:
    """Read an account."""
    return await users_crud.get_user(db, user_id)


@router.put(
    "/users/{user_id}",
    responses=problems(UserNotFound, EmailTaken, LastAdministrator, Unavailable),
    response_model=UserOut,
)
async def update_user(admin: ManageUsers, desk: AtDesk, user_id: OwnUserId, payload: UserChangesIn) -> Any:
    """Change what you name of an account."""
    return await admin_service.update_user(desk, admin.user_id, user_id, payload)


@router.delete(
    "/users/{user_id}",
    status_code=202,
    responses=problems(UserNotFound, LastAdministrator),
    response_model=ReceiptOut,
)
async def delete_user(admin: ManageUsers, db: Transaction, user_id: OwnUserId, reason: Why = None) -> Any:
    """Delete an account and everything about its owner, in all services; this cannot be undone."""
    return await erasures_service.erase_account(db, user_id, actor_id=admin.user_id, reason=reason)


@router.post("/users/{user_id}/disable", responses=problems(UserNotFound, LastAdministrator), response_model=UserOut)
async def disable_user(admin: ManageUsers, db: Transaction, user_id: OwnUserId, payload: ReasonIn) -> Any:
    """Shut an account out; its sessions end."""
    return await admin_service.set_disabled(db, admin.user_id, user_id, True, payload.reason)


@router.post("/users/{user_id}/enable", responses=problems(UserNotFound), response_model=UserOut)
async def enable_user(admin: ManageUsers, db: Transaction, user_id: OwnUserId, payload: ReasonIn) -> Any:
    """Let an account in again."""
    return await admin_service.set_disabled(db, admin.user_id, user_id, False, payload.reason)


@router.post("/users/{user_id}/logout", status_code=204, responses=problems(UserNotFound))
async def sign_user_out(admin: ManageUsers, db: Transaction, user_id: OwnUserId, payload: ReasonIn) -> None:
    """End all sessions of an account."""
    await admin_service.sign_user_out(db, admin.user_id, user_id, payload.reason)


@router.post("/users/{user_id}/remove-second-factors", status_code=204, responses=problems(UserNotFound, OwnAccount))
async def remove_second_factors(admin: ManageUsers, db: Transaction, user_id: OwnUserId, payload: ReasonIn) -> None:
    """Remove authenticator app, recovery codes and passkeys of somebody who lost them; all their sessions end."""
    await admin_service.remove_second_factors(db, admin.user_id, user_id, payload.reason)

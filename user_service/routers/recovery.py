"""`/auth/forgot-password`, `/auth/reset-password` and `/auth/verify-email`: codes that go out by mail."""

from typing import Any

from fastapi import APIRouter

from service_kit.auth import ForeignOrigin
from service_kit.database import Transaction
from service_kit.problems import Unauthenticated, Unavailable, problems
from user_service.core.auth import ManageOwnSessions
from user_service.core.cookies import Cookies
from user_service.core.desk import AtDesk
from user_service.core.problems import EmailAlreadyVerified, InvalidCode, TooManyMails
from user_service.schemas.recovery import DeviceOut, EmptyOut, ForgotPasswordIn, ResetPasswordIn, VerifyEmailIn
from user_service.services import recovery as recovery_service

router = APIRouter(prefix="/auth")


@router.post("/forgot-password", status_code=202, tags=["recovery"], response_model=EmptyOut)
async def ask_for_recovery(desk: AtDesk, payload: ForgotPasswordIn) -> Any:
    """Have a code mailed with which to choose a new password; the answer is the same whether there is an account."""
    await recovery_service.ask_for_recovery(desk, payload)
    return EmptyOut()


@router.post(
    "/reset-password", tags=["recovery"], responses=problems(InvalidCode, Unavailable), response_model=DeviceOut
)
async def reset_password(desk: AtDesk, payload: ResetPasswordIn, cookies: Cookies) -> Any:
    """Choose a new password by a mailed code, which works once and for 10 minutes; all your sessions end."""
    device_token = await recovery_service.reset_password(desk, payload)
    cookies.keep_device(device_token)
    return DeviceOut(device_token=device_token)


@router.post("/verify-email", status_code=204, tags=["email verification"], responses=problems(InvalidCode))
async def verify_email(db: Transaction, payload: VerifyEmailIn) -> None:
    """Confirm an email address by the code that was mailed there, which works once and for 10 minutes."""
    await recovery_service.verify_email(db, payload)


@router.post(
    "/verify-email/resend",
    status_code=202,
    tags=["email verification"],
    responses=problems(Unauthenticated, ForeignOrigin, EmailAlreadyVerified, TooManyMails),
    response_model=EmptyOut,
)
async def ask_for_verification_again(db: Transaction, desk: AtDesk, person: ManageOwnSessions) -> Any:
    """Have another code that confirms your email address mailed, a few times an hour."""
    await recovery_service.ask_for_verification_again(db, desk, person.user_id)
    return EmptyOut()

"""`/auth`: signing up, in and out."""

from typing import Any

from fastapi import APIRouter

from service_kit.auth import ForeignOrigin
from service_kit.database import Transaction
from service_kit.problems import Unauthenticated, Unavailable, problems
from user_service.core.auth import ChangeOwnAccount, PresentedToken
from user_service.core.cookies import Cookies
from user_service.core.desk import AtDesk
from user_service.core.problems import (
    EmailTaken,
    InvalidCredentials,
    InvalidOtp,
    InvalidRefreshToken,
    OtpRequired,
    TooManyAttempts,
    WrongPassword,
)
from user_service.schemas.auth import (
    AccessTokenIn,
    ChangePasswordIn,
    ClaimsOut,
    LoginIn,
    RefreshTokenIn,
    SignedInOut,
)
from user_service.schemas.users import SignUpIn, UserOut
from user_service.services import auth as auth_service

router = APIRouter(prefix="/auth", tags=["sign-up and sign-in"])


@router.post("/signup", status_code=201, responses=problems(EmailTaken, Unavailable), response_model=UserOut)
async def signup(desk: AtDesk, payload: SignUpIn) -> Any:
    """Make an account."""
    return await auth_service.signup(desk, payload)


@router.post(
    "/login",
    responses=problems(InvalidCredentials, OtpRequired, InvalidOtp, TooManyAttempts, Unavailable),
    response_model=SignedInOut,
)
async def login(desk: AtDesk, payload: LoginIn, cookies: Cookies) -> Any:
    """Sign in; browsers also get the tokens as cookies their scripts cannot read."""
    signed_in = await auth_service.login(desk, payload)
    cookies.keep(signed_in)
    return signed_in


@router.post("/refresh", responses=problems(InvalidRefreshToken, ForeignOrigin), response_model=SignedInOut)
async def refresh(desk: AtDesk, cookies: Cookies, payload: RefreshTokenIn | None = None) -> Any:
    """Exchange a refresh token, from the body or the cookie, for new tokens; each is good for one exchange."""
    signed_in = await auth_service.refresh(desk, cookies, payload)
    cookies.keep(signed_in)
    return signed_in


@router.post("/logout", status_code=204, responses=problems(ForeignOrigin))
async def logout(
    db: Transaction, desk: AtDesk, cookies: Cookies, bearer: PresentedToken, payload: RefreshTokenIn | None = None
) -> None:
    """End this session, named by a refresh token, a Bearer or a cookie; an unknown one is no error."""
    await auth_service.logout(db, desk, cookies, bearer, payload)


@router.post("/verify-token", responses=problems(Unauthenticated), response_model=ClaimsOut)
async def verify_token(desk: AtDesk, bearer: PresentedToken, payload: AccessTokenIn | None = None) -> Any:
    """Look into an access token, from the body or the Bearer: its claims if it is good and its session lives."""
    return await auth_service.verify_token(desk, bearer, payload)


@router.post(
    "/change-password",
    status_code=204,
    responses=problems(Unauthenticated, ForeignOrigin, WrongPassword, TooManyAttempts, Unavailable),
)
async def change_password(desk: AtDesk, person: ChangeOwnAccount, payload: ChangePasswordIn) -> None:
    """Choose another password; your other sessions end."""
    await auth_service.change_password(desk, person, payload)

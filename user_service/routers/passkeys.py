"""`/auth/passkeys`: signing in with what a device holds instead of a password."""

from typing import Any

from fastapi import APIRouter

from service_kit.auth import ForeignOrigin
from service_kit.database import ReadOnly, Transaction
from service_kit.pagination import Cursor, Limit, Page
from service_kit.problems import Unauthenticated, Unavailable, problems
from user_service.core.auth import ChangeOwnAccount, ReadOwnAccount
from user_service.core.cookies import Cookies
from user_service.core.desk import AtDesk
from user_service.core.problems import (
    InvalidPasskey,
    PasskeyNotFound,
    PasskeyRefused,
    TooManyAttempts,
    TooManyPasskeys,
    WrongOtp,
    WrongPassword,
)
from user_service.core.relying_party import AsRelyingParty
from user_service.schemas.auth import SignedInOut
from user_service.schemas.mfa import FactorsIn
from user_service.schemas.passkeys import Options, PasskeyIn, PasskeyLoginIn, PasskeyOut
from user_service.services import passkeys as passkeys_service

router = APIRouter(prefix="/auth/passkeys", tags=["passkeys"])


@router.post(
    "/options",
    responses=problems(
        Unauthenticated, ForeignOrigin, WrongPassword, WrongOtp, TooManyPasskeys, TooManyAttempts, Unavailable
    ),
    response_model=Options,
)
async def offer_passkey(person: ChangeOwnAccount, desk: AtDesk, party: AsRelyingParty, payload: FactorsIn) -> Any:
    """Get a challenge for adding a passkey, for `navigator.credentials.create`; it is good once."""
    return await passkeys_service.offer_passkey(desk, party, person.user_id, payload)


@router.post(
    "",
    status_code=201,
    responses=problems(Unauthenticated, ForeignOrigin, PasskeyRefused, TooManyPasskeys, Unavailable),
    response_model=PasskeyOut,
)
async def add_passkey(person: ChangeOwnAccount, desk: AtDesk, party: AsRelyingParty, payload: PasskeyIn) -> Any:
    """Add the passkey that was made for the challenge."""
    return await passkeys_service.add_passkey(desk, party, person.user_id, payload)


@router.get("", responses=problems(Unauthenticated), response_model=Page[PasskeyOut])
async def list_passkeys(person: ReadOwnAccount, db: ReadOnly, limit: Limit = 20, cursor: Cursor = None) -> Any:
    """List your passkeys, newest first."""
    return await passkeys_service.list_passkeys(db, person.user_id, cursor, limit)


@router.delete(
    "/{passkey_id}",
    status_code=204,
    responses=problems(Unauthenticated, ForeignOrigin, PasskeyNotFound, Unavailable),
)
async def remove_passkey(person: ChangeOwnAccount, db: Transaction, passkey_id: str) -> None:
    """Remove a passkey; it signs nobody in any more."""
    await passkeys_service.remove_passkey(db, person.user_id, passkey_id)


@router.post("/login/options", responses=problems(Unavailable), response_model=Options)
async def offer_sign_in(desk: AtDesk, party: AsRelyingParty) -> Any:
    """Get a challenge for signing in with a passkey, for `navigator.credentials.get`; it is good once."""
    return await passkeys_service.offer_sign_in(desk, party)


@router.post("/login", responses=problems(InvalidPasskey, Unavailable), response_model=SignedInOut)
async def sign_in(desk: AtDesk, party: AsRelyingParty, payload: PasskeyLoginIn, cookies: Cookies) -> Any:
    """Sign in with a passkey; browsers also get the tokens as cookies their scripts cannot read."""
    signed_in = await passkeys_service.sign_in(desk, party, payload)
    cookies.keep(signed_in)
    return signed_in

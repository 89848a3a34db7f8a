"""Signing up, in and out."""

import time
from typing import Any
from uuid import UUID

from service_kit.auth import Principal
from service_kit.database import Transaction
from service_kit.problems import Unauthenticated
from service_kit.schemas import utc_now
from service_kit.tokens import TokenError
from user_service.core.cookies import REFRESH_COOKIE, SessionCookies
from user_service.core.desk import Desk
from user_service.core.keys import SignedIn, token_hash
from user_service.core.problems import InvalidCredentials, InvalidRefreshToken
from user_service.crud import audit
from user_service.crud import sessions as sessions_crud
from user_service.crud import users as users_crud
from user_service.domain.audit import Event
from user_service.domain.mails import Notice
from user_service.events.accounts import add_consent_given
from user_service.schemas.auth import AccessTokenIn, ChangePasswordIn, LoginIn, RefreshTokenIn
from user_service.schemas.users import SignUpIn
from user_service.services import credentials, devices, mfa, notices, sessions
from user_service.services.users import get_account


async def signup(desk: Desk, payload: SignUpIn) -> Any:
    credentials.check_choice("/password", payload.password, payload.email, payload.username)
    values = payload.model_dump(exclude={"password"})
    values["password_hash"] = await desk.hasher.hash(payload.password)
    values["language"] = desk.client.language
    async with desk.database.transaction() as db:
        user = await users_crud.create_user(db, values)
        await audit.record(db, Event.SIGNED_UP, user.id)
        await notices.ask_for_verification(db, user.id)
        await add_consent_given(db, user.id)
        return user


async def login(desk: Desk, payload: LoginIn) -> SignedIn:
    desk = desk.on_device(payload.device_token)
    user = await users_crud.find_user_by_email(desk.database.reader, payload.email)
    if not await credentials.password_fits(desk, payload.email, payload.password, user):
        raise InvalidCredentials
    assert user is not None
    second_factor = await mfa.pass_second_factor(desk, user, payload.otp)
    if desk.hasher.is_outdated(user.password_hash):
        await _renew_hash(desk, user, payload.password)
    signed_in = await sessions.start_session(desk.database, desk, user, "password", second_factor)
    if signed_in is None:
        raise InvalidCredentials
    return signed_in


async def _renew_hash(desk: Desk, user: Any, password: str) -> None:
    renewed = await desk.hasher.hash(password)
    async with desk.database.transaction() as db:
        await users_crud.renew_hash(db, user.id, old=user.password_hash, new=renewed)


async def refresh(desk: Desk, cookies: SessionCookies, payload: RefreshTokenIn | None) -> SignedIn:
    token = payload.refresh_token if payload else None
    token = token or cookies.read(REFRESH_COOKIE)
    if not token:
        raise InvalidRefreshToken
    return await sessions.refresh_session(desk, token)


async def logout(
    db: Transaction, desk: Desk, cookies: SessionCookies, bearer: str | None, payload: RefreshTokenIn | None
) -> None:
    """End the sessions that body and Bearer name, or else the cookie's; if nothing names one, all is done."""
    token, by_bearer = payload.refresh_token if payload else None, _session_of(desk, bearer)
    if token is None and by_bearer is None:
        token = cookies.read(REFRESH_COOKIE)
    by_token = await sessions_crud.find_session_of_token(db, token_hash(token)) if token else None
    for session_id in (by_bearer, by_token):
        if session_id is not None:
            await sessions_crud.end_session(db, session_id, "signed_out")
    cookies.clear()


def _session_of(desk: Desk, bearer: str | None) -> UUID | None:
    try:
        return desk.authenticator.person(bearer, time.time()).session_id if bearer else None
    except TokenError:
        return None  # an expired token names nobody any more, and signing out goes on with what else there is


async def verify_token(desk: Desk, bearer: str | None, payload: AccessTokenIn | None) -> dict[str, Any]:
    """The claims of a good token whose session still lives."""
    token = (payload.token if payload else None) or bearer
    if token is None:
        raise Unauthenticated
    try:
        claims = desk.authenticator.claims(token)
        person = desk.authenticator.person(token, time.time())
    except TokenError as error:
        raise Unauthenticated from error
    if person.session_id is None or not await sessions_crud.is_live_session(
        desk.database.reader, person.user_id, person.session_id
    ):
        raise Unauthenticated
    return claims


async def change_password(desk: Desk, person: Principal, payload: ChangePasswordIn) -> None:
    user = await get_account(desk.database.reader, person.user_id)
    await credentials.check_own_password(desk, user, payload.old_password)
    credentials.check_choice("/new_password", payload.new_password, user.email, user.username)
    password_hash = await desk.hasher.hash(payload.new_password)
    async with desk.database.transaction() as db:
        await users_crud.update_user(db, user.id, {"password_hash": password_hash, "password_changed_at": utc_now()})
        await audit.record(db, Event.PASSWORD_CHANGED, user.id, session_id=person.session_id)
        await sessions_crud.end_sessions_of_user(db, user.id, "password_changed", except_for=person.session_id)
        await devices.forget_other_devices(db, desk.client, user.id)
        await notices.tell(db, user.id, Notice.PASSWORD_CHANGED)

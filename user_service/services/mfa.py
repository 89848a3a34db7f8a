"""How a second factor is added, asked for, and taken away (ADR 0016)."""

import asyncio
import base64
import secrets
import time
from typing import Any
from uuid import UUID

import pyotp
import segno

from service_kit.database import Reads, Transaction
from service_kit.problems import malformed
from user_service.core.desk import Desk
from user_service.core.problems import InvalidOtp, OtpRequired, TotpIsOn, TotpNotFound, WrongOtp
from user_service.crud import audit
from user_service.crud import mfa as mfa_crud
from user_service.domain.audit import Event
from user_service.domain.mails import Notice
from user_service.domain.mfa import matching_step, plain
from user_service.domain.throttling import ACCOUNT_FAILURES_MAX
from user_service.schemas.mfa import BothFactorsIn, FactorsIn, OtpIn, OwnPasswordIn
from user_service.services import credentials, devices, notices
from user_service.services.users import get_account

ISSUER = "Credit Score"
RECOVERY_CODES = 10
RECOVERY_CODE_BYTES = 10


async def get_totp(db: Reads, user_id: UUID) -> dict[str, Any]:
    is_on = await _find_factor(db, user_id) is not None
    return {"is_on": is_on, "recovery_codes_left": await mfa_crud.count_recovery_codes(db, user_id)}


async def offer_totp(desk: Desk, user_id: UUID, payload: OwnPasswordIn) -> dict[str, str]:
    user = await get_account(desk.database.reader, user_id)
    await credentials.check_own_password(desk, user, payload.password)
    secret = pyotp.random_base32()
    async with desk.database.transaction() as db:
        if not await mfa_crud.offer_totp(db, user_id, secret):
            raise TotpIsOn
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)
    return {"secret": secret, "otpauth_uri": uri, "qr_png": await asyncio.to_thread(_qr_png, uri)}


def _qr_png(text: str) -> str:
    return segno.make_qr(text).png_data_uri(scale=5)


async def confirm_totp(desk: Desk, user_id: UUID, payload: OtpIn) -> dict[str, list[str]]:
    factor = await mfa_crud.find_totp(desk.database.reader, user_id)
    if factor is None or factor.confirmed_at is not None:
        raise TotpNotFound
    step = matching_step(factor.secret, plain(payload.otp), time.time())
    if step is None:
        raise WrongOtp
    async with desk.database.transaction() as db:
        if not await mfa_crud.confirm_totp(db, user_id, factor.offered_at, step):
            raise TotpNotFound
        await audit.record(db, Event.TOTP_ADDED, user_id)
        await notices.tell(db, user_id, Notice.SECOND_FACTOR_CHANGED)
        return {"recovery_codes": await _create_recovery_codes(desk, db, user_id)}


async def replace_recovery_codes(desk: Desk, user_id: UUID, payload: BothFactorsIn) -> dict[str, list[str]]:
    await _check_both_factors(desk, user_id, payload)
    async with desk.database.transaction() as db:
        # Of two who do this at once the second voids the first's codes, so that ten are good.
        if not await mfa_crud.lock_totp(db, user_id):
            raise TotpNotFound
        await mfa_crud.delete_recovery_codes(db, user_id)
        await audit.record(db, Event.RECOVERY_CODES_REPLACED, user_id)
        await notices.tell(db, user_id, Notice.SECOND_FACTOR_CHANGED)
        return {"recovery_codes": await _create_recovery_codes(desk, db, user_id)}


async def _create_recovery_codes(desk: Desk, db: Transaction, user_id: UUID) -> list[str]:
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    await mfa_crud.create_recovery_codes(db, user_id, [_code_hash(desk, code) for code in codes])
    return codes


def _new_recovery_code() -> str:
    """80 bits, in four groups of four that can be read aloud."""
    code = base64.b32encode(secrets.token_bytes(RECOVERY_CODE_BYTES)).decode()
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _code_hash(desk: Desk, code: str) -> bytes:
    return desk.keys.conceal("recovery code", plain(code))


async def remove_totp(desk: Desk, user_id: UUID, payload: BothFactorsIn) -> None:
    await _check_both_factors(desk, user_id, payload)
    async with desk.database.transaction() as db:
        if not await mfa_crud.delete_totp(db, user_id):
            raise TotpNotFound
        await audit.record(db, Event.TOTP_REMOVED, user_id)
        await notices.tell(db, user_id, Notice.SECOND_FACTOR_CHANGED)


async def _check_both_factors(desk: Desk, user_id: UUID, payload: BothFactorsIn) -> None:
    """Raise WrongPassword, TotpNotFound, WrongOtp or TooManyAttempts; a code that is right is spent."""
    if not await check_factors(desk, await get_account(desk.database.reader, user_id), payload):
        raise TotpNotFound


async def check_factors(desk: Desk, user: Any, payload: FactorsIn) -> bool:
    """Check the password, and a code if the account has an app, which is said.

    Raises WrongPassword, Malformed without the code, WrongOtp, and TooManyAttempts; a code that is right is spent.
    """
    await credentials.check_own_password(desk, user, payload.password)
    factor = await _find_factor(desk.database.reader, user.id)
    if factor is None:
        return False
    if payload.otp is None:
        raise malformed("/otp", "is needed, since your account has an authenticator app")
    if await _spend(desk, user, factor, payload.otp) is None:
        raise WrongOtp
    return True


async def pass_second_factor(desk: Desk, user: Any, otp: str | None) -> str | None:
    """Ask who has shown the password for what else the account needs; say what it was, or None if it needs nothing.

    Raises OtpRequired without a code, InvalidOtp for one that is not good (any more), and TooManyAttempts.
    """
    if not await mfa_crud.has_totp(desk.database.reader, user.id):
        return None
    if not otp:
        raise OtpRequired
    factor = await _find_factor(desk.database.reader, user.id)
    used = await _spend(desk, user, factor, otp) if factor is not None else None
    if used is None:
        raise InvalidOtp
    return used


async def _find_factor(db: Reads, user_id: UUID) -> Any:
    factor = await mfa_crud.find_totp(db, user_id)
    return factor if factor is not None and factor.confirmed_at is not None else None


async def _spend(desk: Desk, user: Any, factor: Any, otp: str) -> str | None:
    """Use a code up and say which kind it was. One that is not good is counted as a wrong password is."""
    device = await devices.find_known_device(desk.database.reader, desk.client, user.id)
    limits = credentials.limits_of(desk, user.email, device)
    guessing = limits | _limit_of_guesses(desk, user.id, device)
    async with desk.database.transaction() as db:
        used = await _spend_either(db, desk, factor, otp)
        if used is not None:
            # Too many wrong ones before, and the code is not spent. Nobody guesses at recovery codes with success.
            await credentials.check_attempts(db, guessing if used == "totp" else limits)
            return used
    # A guess beyond the limit is not counted, or the owner would wait for as long as somebody guesses.
    await credentials.check_attempts(desk.database.reader, guessing)
    await credentials.count_failure(desk, guessing, Event.OTP_REFUSED, user.id, "wrong")
    return None


def _limit_of_guesses(desk: Desk, user_id: UUID, device: Any) -> dict[bytes, int]:
    """Where wrong codes count besides, unless somebody has signed in on this device.

    A reset forgets the account's failures and makes a device known, which has failures of its own; who took over the
    mailbox could reset the password again and again, and guess ten times after each.
    """
    if device is not None and device.last_used_at is not None:
        return {}
    return {desk.keys.conceal("codes", str(user_id)): ACCOUNT_FAILURES_MAX}


async def _spend_either(db: Transaction, desk: Desk, factor: Any, otp: str) -> str | None:
    step = matching_step(factor.secret, plain(otp), time.time())
    if step is not None and await mfa_crud.spend_step(db, factor.user_id, step):
        return "totp"
    if await mfa_crud.spend_recovery_code(db, factor.user_id, _code_hash(desk, otp)):
        await audit.record(db, Event.RECOVERY_CODE_USED, factor.user_id)
        return "recovery_code"
    return None

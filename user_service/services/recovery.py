"""Codes by mail: getting in again without the password, and showing that an address is one's own (ADR 0015).

Whoever asks for a code learns nothing: for an address without an account the same is done and the same answered.
"""

import hmac
import re
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from service_kit.database import Transaction
from service_kit.problems import malformed
from service_kit.schemas import utc_now
from user_service.core.desk import Desk
from user_service.core.keys import SHORT_CODE_DIGITS, token_hash
from user_service.core.problems import EmailAlreadyVerified, InvalidCode, TooManyMails
from user_service.crud import attempts as attempts_crud
from user_service.crud import audit
from user_service.crud import codes as codes_crud
from user_service.crud import devices as devices_crud
from user_service.crud import sessions as sessions_crud
from user_service.crud import users as users_crud
from user_service.domain.audit import Event
from user_service.domain.mails import MAILS_AN_HOUR_MAX, SHORT_CODE_TRIES, Code, Notice
from user_service.schemas.recovery import ForgotPasswordIn, ResetPasswordIn, VerifyEmailIn
from user_service.services import credentials, devices, notices
from user_service.services.users import get_account

ASKED_FROM_ADDRESS_MAX = 30
SHORT_CODE = re.compile(rf"[0-9]{{{SHORT_CODE_DIGITS}}}")


async def ask_for_recovery(desk: Desk, payload: ForgotPasswordIn) -> None:
    """Have a code sent to an account's address; to an unknown or disabled one a mail is noted that is never written."""
    reader = desk.database.reader
    user_id = await users_crud.find_active_user_id(reader, payload.email) or uuid7()
    # Whoever asks all the time for somebody else leaves the owner's devices a share of their own.
    device = await devices.find_known_device(reader, desk.client, user_id)
    asked_for = desk.keys.conceal("recovery-of", device.token_hash.hex() if device else payload.email)
    asked_from = desk.keys.conceal("recovery-from", desk.client.address_hash.hex())
    async with desk.database.transaction() as db:
        turns = [(asked_from, ASKED_FROM_ADDRESS_MAX), (asked_for, MAILS_AN_HOUR_MAX)]
        if all([await attempts_crud.take_turn(db, subject, limit) for subject, limit in turns]):
            await notices.add_mail(db, user_id, Code.RECOVERY)


async def reset_password(desk: Desk, payload: ResetPasswordIn) -> str:
    """Set a new password by a code. Everything that the old one may have opened to others is shut.

    The answer is the token of this device, from which the new password may be used though others go on guessing.
    """
    code = await _find_code(desk, payload)
    if code is None:
        raise InvalidCode
    credentials.check_choice("/new_password", payload.new_password, code.email, code.username)
    password_hash = await desk.hasher.hash(payload.new_password)
    async with desk.database.transaction() as db:
        # The code came to the account's address, so that is confirmed by the way.
        values = {"password_hash": password_hash, "password_changed_at": utc_now(), "email_verified": True}
        user = await users_crud.update_user(db, code.user_id, values)
        if not await codes_crud.use_code(db, code.id):
            raise InvalidCode
        await audit.record(db, Event.PASSWORD_RESET, code.user_id)
        await codes_crud.void_codes(db, code.user_id)
        await sessions_crud.end_sessions_of_user(db, code.user_id, "password_reset")
        await devices_crud.forget_devices(db, code.user_id)
        # They were about the old password, and who has this code knows the new one. Guesses at a second factor are also
        # counted apart (services/mfa.py) and stay, or who took over the mailbox would reset and guess again and again.
        await attempts_crud.forget_failures(db, desk.keys.conceal("account", code.email))
        await notices.tell_address(db, user)
        await notices.tell(db, code.user_id, Notice.PASSWORD_CHANGED)
        return await devices.remember(db, code.user_id)


async def _find_code(desk: Desk, payload: ResetPasswordIn) -> Any:
    digits = re.sub(r"[\s-]", "", payload.reset_token)
    if not SHORT_CODE.fullmatch(digits):
        return await codes_crud.find_code(desk.database.reader, Code.RECOVERY, token_hash(payload.reset_token))
    if payload.email is None:
        raise malformed("/email", "is needed with the short form of the code")
    return await _try_short_code(desk, payload.email, digits)


async def _try_short_code(desk: Desk, email: str, digits: str) -> Any:
    """The account's newest code if these are its digits. Each try is counted before it is looked at."""
    code = await codes_crud.find_newest_code(desk.database.reader, Code.RECOVERY, email)
    code_id = code.id if code else uuid7()
    async with desk.database.transaction() as db:
        subject = desk.keys.conceal("short-code", str(code_id) if code else email)
        may_try = await attempts_crud.take_turn(db, subject, SHORT_CODE_TRIES)
    fits = hmac.compare_digest(digits, desk.keys.short_code(code_id))
    return code if may_try and fits else None


async def ask_for_verification_again(db: Transaction, desk: Desk, user_id: UUID) -> None:
    user = await get_account(db, user_id)
    if user.email_verified:
        raise EmailAlreadyVerified
    if not await attempts_crud.take_turn(db, desk.keys.conceal("verification-of", str(user_id)), MAILS_AN_HOUR_MAX):
        raise TooManyMails
    await notices.ask_for_verification(db, user_id)


async def verify_email(db: Transaction, payload: VerifyEmailIn) -> None:
    code = await codes_crud.find_code(db, Code.VERIFICATION, token_hash(payload.token))
    if code is None:
        raise InvalidCode
    user = await users_crud.update_user(db, code.user_id, {"email_verified": True})
    if not await codes_crud.use_code(db, code.id):
        raise InvalidCode
    await audit.record(db, Event.EMAIL_VERIFIED, code.user_id)
    await notices.tell_address(db, user)

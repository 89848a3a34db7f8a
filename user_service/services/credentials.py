"""Checking and choosing passwords: few wrong guesses, and the same work whether or not the account exists."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from service_kit.database import Reader, Transaction
from service_kit.problems import malformed
from user_service.core.desk import Desk
from user_service.core.problems import TooManyAttempts, WrongPassword
from user_service.crud import attempts as attempts_crud
from user_service.crud import audit
from user_service.domain.audit import Event
from user_service.domain.passwords import weakness
from user_service.domain.throttling import ACCOUNT_FAILURES_MAX, ADDRESS_FAILURES_MAX, wait_s
from user_service.services import devices

log = structlog.get_logger()


async def password_fits(desk: Desk, email: str, password: str, user: Any | None) -> bool:
    """Whether it is the password of `user`, the row of that email's account if there is one, who may also sign in.

    Raises TooManyAttempts. Guesses sent at once are all hashed, but only as many are answered as the limit allows: each
    failure is judged by those counted before it, and a success by all failures counted meanwhile.
    """
    # Looked for even where there is no account, which nobody should tell by the time it takes.
    device = await devices.find_known_device(desk.database.reader, desk.client, user.id if user else uuid7())
    limits = limits_of(desk, email, device)
    await check_attempts(desk.database.reader, limits)
    stored = user.password_hash if user and not user.disabled else None
    if await desk.hasher.verify(password, stored):
        await check_attempts(desk.database.reader, limits)
        return True
    cause = "unknown" if user is None else "disabled" if user.disabled else "wrong"
    await count_failure(desk, limits, Event.PASSWORD_REFUSED, user and user.id, cause)
    return False


async def check_own_password(desk: Desk, user: Any, password: str) -> None:
    """Raise WrongPassword, or TooManyAttempts, unless this is the password of who is signed in."""
    if not await password_fits(desk, user.email, password, user):
        raise WrongPassword


def check_choice(pointer: str, password: str, email: str, username: str | None) -> None:
    """Raise Malformed when this person may not choose this password."""
    reason = weakness(password, email, username)
    if reason is not None:
        raise malformed(pointer, reason)


def limits_of(desk: Desk, email: str, device: Any) -> dict[bytes, int]:
    """Whose failures count here. A known device has its own, so that guesses from elsewhere do not shut it out."""
    whose = desk.keys.conceal("device", device.token_hash.hex()) if device else desk.keys.conceal("account", email)
    return {whose: ACCOUNT_FAILURES_MAX, desk.client.address_hash: ADDRESS_FAILURES_MAX}


async def check_attempts(db: Reader | Transaction, limits: Mapping[bytes, int]) -> None:
    """Raise TooManyAttempts when any of these has failed too often."""
    _refuse([await attempts_crud.find_wait_s(db, limits)])


async def count_failure(
    desk: Desk, limits: Mapping[bytes, int], event: Event, user_id: UUID | None, cause: str
) -> None:
    """Count and record a failure. Raises TooManyAttempts when it comes after too many already."""
    waits, exhausted = [], False
    async with desk.database.transaction() as db:
        # In one order everywhere, so that two transactions never wait for each other.
        for subject in sorted(limits):
            row = await attempts_crud.record_failure(db, subject)
            earlier = row.failed_at[1:]
            waits.append(wait_s(earlier, limits[subject], row.now))
            exhausted |= wait_s(row.failed_at, limits[subject], row.now) > 0
        await audit.record(db, event, user_id, cause=cause)
        if exhausted:
            await audit.record(db, Event.ATTEMPTS_EXHAUSTED, user_id)
    log.info(event.value)
    _refuse(waits)


def _refuse(waits: list[int]) -> None:
    longest = max(waits, default=0)
    if longest > 0:
        raise TooManyAttempts(retry_after_s=longest)

"""Checking and choosing passwords: few wrong guesses, and the same work whether or not the account exists."""

import structlog

from service_kit.database import Reads
from service_kit.problems import malformed
from user_service.core.desk import Desk
from user_service.core.problems import TooManyAttempts
from user_service.crud import attempts as attempts_crud
from user_service.domain.passwords import weakness
from user_service.domain.throttling import ACCOUNT_FAILURES_MAX, ADDRESS_FAILURES_MAX, wait_s

log = structlog.get_logger()


async def password_fits(desk: Desk, email: str, password: str, stored: str | None) -> bool:
    """Whether it is the password of `stored`, the account's hash, or None where nobody may sign in.

    Raises TooManyAttempts. Guesses sent at once are all hashed, but only as many are answered as the limit allows: each
    failure is judged by those counted before it, and a success by all failures counted meanwhile.
    """
    await _check_attempts(desk.database.reader, desk, email)
    if await desk.hasher.verify(password, stored):
        await _check_attempts(desk.database.reader, desk, email)
        return True
    await _count_failure(desk, email)
    return False


def check_choice(pointer: str, password: str, email: str, username: str | None) -> None:
    """Raise Malformed when this person may not choose this password."""
    reason = weakness(password, email, username)
    if reason is not None:
        raise malformed(pointer, reason)


def _limits(desk: Desk, email: str) -> dict[bytes, int]:
    account = desk.keys.conceal("account", email)
    return {account: ACCOUNT_FAILURES_MAX, desk.client.address_hash: ADDRESS_FAILURES_MAX}


async def _check_attempts(db: Reads, desk: Desk, email: str) -> None:
    limits = _limits(desk, email)
    rows = await attempts_crud.list_failures(db, limits)
    _refuse([wait_s(row.failed_at, limits[row.subject], row.now) for row in rows])


async def _count_failure(desk: Desk, email: str) -> None:
    limits, waits = _limits(desk, email), []
    async with desk.database.transaction() as db:
        # In one order everywhere, so that two transactions never wait for each other.
        for subject in sorted(limits):
            row = await attempts_crud.record_failure(db, subject)
            earlier = row.failed_at[1:]
            waits.append(wait_s(earlier, limits[subject], row.now))
    log.info("password_refused")
    _refuse(waits)


def _refuse(waits: list[int]) -> None:
    longest = max(waits, default=0)
    if longest > 0:
        raise TooManyAttempts(retry_after_s=longest)

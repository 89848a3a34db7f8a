"""Waiting for what must come, with one patience for all: a test fails for what is wrong, not for a slow machine."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import httpx

PATIENCE_S = 120
POLL_S = 0.05

T = TypeVar("T")


def eventually(found: Callable[[], T], what: object = "what was waited for", limit_s: float = PATIENCE_S) -> T:
    """What is found, as soon as it is something. `what` is said if nothing is, and called first if it can be."""
    deadline = time.monotonic() + limit_s
    while not (value := found()):
        assert time.monotonic() < deadline, f"not within {limit_s} s: {what() if callable(what) else what}"
        time.sleep(POLL_S)
    return value


async def until(found: Callable[[], Awaitable[object]], limit_s: float = PATIENCE_S) -> None:
    """Return once something is found, and let the event loop go on until then."""
    async with asyncio.timeout(limit_s):
        while not await found():  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(POLL_S)


def patiently(act: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer, however often a machine that is busy with all this asks to come again."""
    deadline = time.monotonic() + PATIENCE_S
    while (answer := act()).status_code == 503 and time.monotonic() < deadline:
        time.sleep(int(answer.headers["Retry-After"]))
    return answer


def away_from_midnight() -> None:
    """Wait for the next day (UTC) when this one ends within a minute: what is counted by the day would be of two."""
    while f"{datetime.now(UTC):%H:%M}" == "23:59":
        time.sleep(1)

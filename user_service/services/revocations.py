"""How the news that a session ended gets to those who wait for it (ADR 0012)."""

import asyncio
from contextlib import suppress

from service_kit.database import Database
from service_kit.problems import Unavailable
from service_kit.revocations import ANSWERED_WITHIN_S, News
from user_service.crud import revocations as revocations_crud
from user_service.models import Revocation

# What another replica of this service commits is found by looking, this often.
LOOK_EVERY_S = 0.25
WAITING_MAX = 200


class Feed:
    """One process's view of the table: it looks there for itself, and wakes waiting requests when it finds news."""

    def __init__(self, database: Database) -> None:
        self._database, self._committed = database, database.committed[Revocation.__tablename__]
        self._found = asyncio.Event()
        self._waiting = 0

    async def look(self, after: int) -> News:
        """What this process itself follows: the news at once, or what there is after the next look."""
        news = await self._news_or(after, self._committed, LOOK_EVERY_S)
        self._committed.clear()
        if news.sessions:
            self._found.set()
            self._found = asyncio.Event()
        return news

    async def wait(self, after: int) -> News:
        """What the other services follow. Raises Unavailable when as many wait as may."""
        if self._waiting >= WAITING_MAX:
            raise Unavailable(retry_after_s=1)
        self._waiting += 1
        try:
            return await self._news_or(after, self._found, ANSWERED_WITHIN_S)
        finally:
            self._waiting -= 1

    async def _news_or(self, after: int, sign: asyncio.Event, limit_s: float) -> News:
        news = await revocations_crud.list_revocations(self._database.reader, after)
        if not news.sessions:
            with suppress(TimeoutError):
                async with asyncio.timeout(limit_s):
                    await sign.wait()
            news = await revocations_crud.list_revocations(self._database.reader, after)
        return news

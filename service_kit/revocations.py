"""Sessions that ended while tokens of theirs still live: the user service tells, `auth.py` refuses (ADR 0012)."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
import structlog
from prometheus_client import Gauge
from sqlalchemy.exc import SQLAlchemyError

from service_kit.health import Degraded
from service_kit.http_client import ServiceClient
from service_kit.schemas import Output
from service_kit.settings import ServiceSettings
from service_kit.tokens import PERSON_TOKEN_LIFE_MAX_S

log = structlog.get_logger()

PATH = "/internal/revocations"
# Without news the feed answers then: before a server that stops loses its patience with the requests it still has.
ANSWERED_WITHIN_S = 3.0
# After an answer, so that a feed that never waits is not asked without end, and after a failure.
PAUSE_S, RETRY_S = 0.02, 0.5
# Far more than can end within a token's life. Beyond it the oldest are forgotten, whose tokens expire first.
ENDED_MAX = 200_000

silent_seconds = Gauge("revocations_silent_seconds", "For how long nothing was heard of sessions that ended")


class News(Output):
    """Sessions that ended after the number that was asked with, and `last`, the number to ask with next."""

    sessions: list[UUID]
    last: int


# Returns when there is news after a number, or when there was none for a while.
Ask = Callable[[int], Awaitable[News]]


class Revocations:
    """The sessions whose tokens are refused. A feed that nobody follows is not silent."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._silent_max_s = settings.revocations_silent_max_s
        self._ended: OrderedDict[UUID, float] = OrderedDict()
        self._heard: float | None = None

    def __contains__(self, session_id: UUID | None) -> bool:
        return session_id in self._ended

    @property
    def silent(self) -> bool:
        return self._heard is not None and time.monotonic() - self._heard > self._silent_max_s

    async def check(self) -> None:
        if self.silent:
            raise Degraded

    async def follow(self, ask: Ask) -> None:
        """Take in the news for as long as the service runs."""
        after, self._heard = 0, time.monotonic()
        while True:
            try:
                news = await ask(after)
            except (httpx.HTTPError, SQLAlchemyError, OSError, ValueError) as error:
                log.warning("revocations_not_heard", exc_type=type(error).__name__)
                # From the start again: a database that was restored meanwhile gives known numbers to other sessions.
                after = 0
                silent_seconds.set(time.monotonic() - self._heard)
                await asyncio.sleep(RETRY_S)
                continue
            after, self._heard = news.last, time.monotonic()
            silent_seconds.set(0)
            self._remember(news.sessions, self._heard)
            await asyncio.sleep(PAUSE_S)

    def _remember(self, sessions: list[UUID], now: float) -> None:
        self._ended.update(dict.fromkeys(sessions, now + PERSON_TOKEN_LIFE_MAX_S))
        while self._ended and (len(self._ended) > ENDED_MAX or next(iter(self._ended.values())) <= now):
            self._ended.popitem(last=False)


def over_http(settings: ServiceSettings, client: httpx.AsyncClient) -> Ask | None:
    """How a service asks the user service, or None where it is not told where that is (by hand, in tests)."""
    if settings.user_service_url is None or settings.service_key_file is None:
        return None
    service = ServiceClient(settings, client, "user_service", settings.user_service_url)

    async def ask(after: int) -> News:
        response = await service.wait_for(f"{PATH}?after={after}", ANSWERED_WITHIN_S + 2)
        return News.model_validate_json(response.raise_for_status().content)

    return ask

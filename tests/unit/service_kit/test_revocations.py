"""What a service remembers of sessions that ended, and when it counts as not hearing of them."""

import asyncio
from collections.abc import Callable
from typing import ClassVar
from unittest.mock import patch
from uuid import UUID

import pytest
from pydantic import Field, SecretStr
from uuid_utils.compat import uuid7

from service_kit import revocations
from service_kit.health import Degraded
from service_kit.revocations import News, Revocations
from service_kit.settings import ServiceSettings
from service_kit.tokens import PERSON_TOKEN_LIFE_MAX_S


class Settings(ServiceSettings):
    service: ClassVar[str] = "some_service"
    database_url: SecretStr = Field(SecretStr("postgresql://some@db/some"), validation_alias="SOME_DATABASE_URL")


class Feed:
    """Gives its answers one after the other, an exception by raising it, and then ends who follows it."""

    def __init__(self, *answers: News | Exception) -> None:
        self.asked: list[int] = []
        self._answers = list(answers)

    async def ask(self, after: int) -> News:
        self.asked.append(after)
        if not self._answers:
            raise asyncio.CancelledError
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def followed() -> Callable[..., Revocations]:
    """Revocations that have heard all that a feed has to say."""

    def follow(feed: Feed) -> Revocations:
        made = Revocations(Settings())

        async def hear() -> None:
            with patch.object(revocations, "RETRY_S", 0), patch.object(revocations, "PAUSE_S", 0):
                await made.follow(feed.ask)

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(hear())
        return made

    return follow


def after(known: Revocations, seconds: float) -> Callable[[], float]:
    """A clock that stands so long after the last answer."""
    assert known._heard is not None
    now = known._heard + seconds
    return lambda: now


def ids(count: int) -> list[UUID]:
    return [uuid7() for _ in range(count)]


def test_what_is_heard_is_remembered_and_the_next_question_goes_on_from_there(
    followed: Callable[..., Revocations],
) -> None:
    sessions = ids(3)
    feed = Feed(News(sessions=sessions[:2], last=7), News(sessions=[], last=7), News(sessions=sessions[2:], last=8))
    known = followed(feed)
    assert feed.asked == [0, 7, 7, 8]
    assert all(session in known for session in sessions)
    assert uuid7() not in known
    assert None not in known


@pytest.mark.parametrize("failure", [OSError(), ValueError()])
def test_after_a_failure_it_asks_from_the_start(followed: Callable[..., Revocations], failure: Exception) -> None:
    feed = Feed(News(sessions=[], last=7), failure, News(sessions=ids(1), last=3))
    followed(feed)
    assert feed.asked == [0, 7, 0, 3]


def test_it_is_remembered_for_as_long_as_a_token_can_live_and_no_longer(followed: Callable[..., Revocations]) -> None:
    first, second = ids(2)
    known = followed(Feed(News(sessions=[first], last=1)))
    known._remember([], after(known, PERSON_TOKEN_LIFE_MAX_S - 1)())
    assert first in known
    known._remember([second], after(known, PERSON_TOKEN_LIFE_MAX_S)())
    assert (first in known, second in known) == (False, True)


def test_beyond_the_bound_the_oldest_are_forgotten(followed: Callable[..., Revocations]) -> None:
    sessions = ids(5)
    with patch.object(revocations, "ENDED_MAX", 3):
        known = followed(Feed(News(sessions=sessions, last=5)))
    assert [session in known for session in sessions] == [False, False, True, True, True]


def test_it_is_silent_a_minute_after_the_last_answer_and_never_when_nobody_follows(
    followed: Callable[..., Revocations],
) -> None:
    known, unfollowed = followed(Feed(News(sessions=[], last=0))), Revocations(Settings())
    with patch.object(revocations.time, "monotonic", after(known, 60)):
        assert not known.silent
    with patch.object(revocations.time, "monotonic", after(known, 60.1)):
        assert (known.silent, unfollowed.silent) == (True, False)
        with pytest.raises(Degraded):
            asyncio.run(known.check())
        asyncio.run(unfollowed.check())

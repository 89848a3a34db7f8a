"""Who waits for a connection gets one before who comes later, however busy the pool is."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr
from sqlalchemy import literal, select, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service_kit import database as kit
from service_kit.database import Database
from service_kit.settings import ServiceSettings
from tests.support.postgres import TestServer, close
from tests.support.waiting import PATIENCE_S

CALLERS, PIECES = 4, 100
_one = select(literal(1).label("one"))


class Settings(ServiceSettings):
    service: ClassVar[str] = "things_service"


async def first(database: Database) -> None:
    await database.reader.first(_one, {"param_1": 1})


async def execute(database: Database) -> None:
    await database.reader.execute(_one)


async def transaction(database: Database) -> None:
    async with database.transaction() as db:
        await db.execute(text("SELECT 1"))


Piece = Callable[[Database], Awaitable[None]]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits here is to be passed over by others, not by time."""
    monkeypatch.setattr(kit, "POOL_TIMEOUT_S", PATIENCE_S)


def run(server: TestServer, work: Callable[[Database], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        url = SecretStr(server.create_empty_database())
        database = Database(Settings(database_url=url, statement_timeout_ms=60_000, pool_size=1))
        await database.warm()
        try:
            return await work(database)
        finally:
            await close(database)

    return asyncio.run(main())


async def shares(database: Database, piece: Piece) -> list[int]:
    """How much of the work each of some callers got done who all ask again as soon as they are served."""
    done = Counter(dict.fromkeys(range(CALLERS), 0))

    async def caller(number: int) -> None:
        while done.total() < PIECES:
            await piece(database)
            done[number] += 1

    await asyncio.gather(*map(caller, range(CALLERS)))
    return sorted(done.values())


@pytest.mark.parametrize("piece", [first, execute, transaction])
def test_callers_take_turns(postgres: TestServer, piece: Piece) -> None:
    least, *_, most = run(postgres, lambda database: shares(database, piece))
    assert most - least <= 2


@pytest.mark.parametrize("piece", [first, execute])
def test_without_turns_one_caller_would_get_it_all(postgres: TestServer, piece: Piece) -> None:
    async def work(database: Database) -> list[int]:
        database.reader.turns = asyncio.Semaphore(CALLERS)  # type: ignore[assignment]
        return await shares(database, piece)

    *others, most = run(postgres, work)
    assert most > 10 * max(others)


def test_who_waits_too_long_is_told(postgres: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "POOL_TIMEOUT_S", 0.2)

    async def work(database: Database) -> None:
        async with database.transaction():
            for piece in (first, execute):
                with pytest.raises(PoolTimeoutError):
                    await piece(database)
        await first(database)

    run(postgres, work)

"""`Reader.first` goes to the driver itself, and is as patient with connections and as strict as `execute`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr
from sqlalchemy import Column, MetaData, Select, String, Table, TypeDecorator, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service_kit import database as kit
from service_kit.database import Database
from service_kit.settings import ServiceSettings
from tests.support.postgres import CUT_OTHER_SESSIONS, OTHER_SESSIONS, TestServer, close, until_found
from tests.support.waiting import PATIENCE_S

THINGS = Table("things", MetaData(), Column("name", String, primary_key=True), Column("details", JSONB))
_named = select(THINGS, func.length(THINGS.c.name).label("letters")).where(THINGS.c.name == bindparam("name"))
_sleep = select(func.pg_sleep(bindparam("seconds")).label("slept"))


class Settings(ServiceSettings):
    service: ClassVar[str] = "things_service"


class Shout(TypeDecorator[str]):
    impl = String
    cache_ok = True


def run(server: TestServer, work: Callable[[Database], Awaitable[Any]], pool_size: int = 1) -> Any:
    async def main() -> Any:
        url = SecretStr(server.create_empty_database())
        database = Database(Settings(database_url=url, statement_timeout_ms=60_000, pool_size=pool_size))
        async with database.engine.begin() as connection:
            await connection.run_sync(THINGS.metadata.create_all)
            await connection.execute(THINGS.insert(), [{"name": "lamp", "details": {"lit": True}}])
        await database.warm()
        try:
            return await work(database)
        finally:
            await close(database)

    return asyncio.run(main())


async def lamp(database: Database) -> Any:
    return await database.reader.first(_named, {"name": "lamp"})


def ways(database: Database) -> list[Select[Any]]:
    return list(database.reader._compiled)


def test_a_row_is_what_execute_gives(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        row = await lamp(database)
        usual = (await database.reader.execute(_named, {"name": "lamp"})).one()
        assert (row.name, row.details, row.letters) == tuple(usual) == ("lamp", {"lit": True}, 4)
        assert ways(database) == [_named]

    run(postgres, work)


def test_no_row_is_none(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        assert await database.reader.first(_named, {"name": "chair"}) is None

    run(postgres, work)


def test_more_readers_than_connections_wait_for_their_turn(
    postgres: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "POOL_TIMEOUT_S", PATIENCE_S)

    async def work(database: Database) -> None:
        rows = await asyncio.gather(*(lamp(database) for _ in range(50)))
        assert {row.name for row in rows} == {"lamp"}

    run(postgres, work)


def test_a_pool_that_stays_empty_is_told_as_one(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        async with database.engine.connect():
            with pytest.raises(PoolTimeoutError):
                await lamp(database)

    run(postgres, work)


def test_a_connection_that_was_cut_is_replaced(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        async with database.engine.connect() as killer:
            assert (await killer.execute(text(CUT_OTHER_SESSIONS))).scalars().all() == [True, True]
        assert [(await lamp(database)).name for _ in range(6)] == ["lamp"] * 6

    run(postgres, work, pool_size=3)


def test_a_statement_that_takes_too_long_is_ended(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        assert (await database.reader.execute(text("SHOW statement_timeout"))).scalar_one() == "1min", "as it is set"
        # Only the server's is shortened: one that stands still a while would give up before the server does.
        await database.reader.execute(text("SET statement_timeout = '1s'"))
        with pytest.raises(DBAPIError) as refused:
            await database.reader.first(_sleep, {"seconds": PATIENCE_S})
        assert getattr(refused.value.orig, "sqlstate", None) == "57014"
        assert (await lamp(database)).name == "lamp"

    run(postgres, work)


def test_a_read_given_up_half_way_leaves_no_answer_to_the_next(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        sleeps = text(f"SELECT 1 FROM {OTHER_SESSIONS} AND state = 'active' AND query LIKE '%pg_sleep%'")  # noqa: S608
        for _ in range(5):
            given_up = asyncio.create_task(database.reader.first(_sleep, {"seconds": PATIENCE_S}))
            await until_found(database, sleeps)
            given_up.cancel()
            with pytest.raises(asyncio.CancelledError):
                await given_up
            assert (await lamp(database)).name == "lamp"

    run(postgres, work)


def test_a_column_with_a_type_of_our_own_is_refused(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        with pytest.raises(TypeError, match="name"):
            await database.reader.first(select(func.lower("A", type_=Shout()).label("name")), {})

    run(postgres, work)

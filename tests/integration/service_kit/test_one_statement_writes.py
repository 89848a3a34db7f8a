"""`Database.store`: a statement that writes is a transaction of its own, and is carried out once however often sent."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import UUID as UUID_TYPE
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from service_kit.database import Database
from service_kit.settings import ServiceSettings
from tests.support.postgres import CUT_OTHER_SESSIONS, HELD_UP, TestServer, close, until_found

# Deferred to the commit, so that the statement itself succeeds and only the commit fails.
THINGS = Table(
    "things", MetaData(), Column("id", UUID_TYPE, primary_key=True), Column("size", Integer), Column("details", JSONB),
    UniqueConstraint("size", deferrable=True, initially="DEFERRED"),
)  # fmt: skip
_values = {column.name: bindparam(column.name, type_=column.type) for column in THINGS.c}
_new = insert(THINGS).values(_values).returning(THINGS.c.details).cte("new")
_store = select(_new)
_lock = func.pg_advisory_xact_lock(literal_column("1")).label("locked")
_store_and_lock = select(_new, _lock)


class Settings(ServiceSettings):
    service: ClassVar[str] = "things_service"


def run(server: TestServer, work: Callable[[Database], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        url = SecretStr(server.create_empty_database())
        database = Database(Settings(database_url=url, statement_timeout_ms=60_000, pool_size=2))
        async with database.engine.begin() as connection:
            await connection.run_sync(THINGS.metadata.create_all)
        await database.warm()
        try:
            return await work(database)
        finally:
            await close(database)

    return asyncio.run(main())


def thing(size: int = 1) -> dict[str, Any]:
    return {"id": uuid7(), "size": size, "details": {"lit": True}}


async def ids(database: Database) -> list[UUID]:
    return list((await database.reader.execute(select(THINGS.c.id))).scalars())


def test_what_is_stored_is_committed_and_those_who_follow_commits_hear_of_it(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        heard, lamp = database.committed["things"], thing()
        row = await database.store(_store, lamp, "things")
        assert (row.details, heard.is_set()) == ({"lit": True}, True)
        assert await ids(database) == [lamp["id"]]

    run(postgres, work)


def test_a_failing_commit_is_seen_by_who_stores(postgres: TestServer) -> None:
    async def work(database: Database) -> None:
        first = thing(size=1)
        await database.store(_store, first, "things")
        heard = database.committed["things"]
        heard.clear()
        with pytest.raises(IntegrityError):
            await database.store(_store, thing(size=1), "things")
        assert not heard.is_set()
        assert await ids(database) == [first["id"]]

    run(postgres, work)


def test_what_was_cut_before_it_was_carried_out_is_sent_again(postgres: TestServer) -> None:
    cut = text(f"{CUT_OTHER_SESSIONS} AND {HELD_UP}")

    async def work(database: Database) -> None:
        lamp = thing()
        async with database.transaction() as holder:
            await holder.execute(select(_lock))
            storing = asyncio.create_task(database.store(_store_and_lock, lamp, "things"))
            await until_found(database, cut)
        assert (await storing).details == {"lit": True}
        assert await ids(database) == [lamp["id"]]

    run(postgres, work)


def test_what_was_cut_in_the_middle_of_being_sent_is_sent_again(
    postgres: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(_connection: asyncpg.Connection, *_: Any) -> None:
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    async def work(database: Database) -> None:
        lamp = thing()
        monkeypatch.setattr(asyncpg.Connection, "fetchrow", cut)
        assert (await database.store(_store, lamp, "things")).details == {"lit": True}
        assert await ids(database) == [lamp["id"]]

    run(postgres, work)


def test_what_was_carried_out_before_its_answer_was_lost_is_known_by_its_id(
    postgres: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetchrow = asyncpg.Connection.fetchrow

    async def lost(connection: asyncpg.Connection, *arguments: Any) -> None:
        await fetchrow(connection, *arguments)
        connection.terminate()
        raise asyncpg.ConnectionDoesNotExistError

    async def work(database: Database) -> None:
        lamp = thing()
        monkeypatch.setattr(asyncpg.Connection, "fetchrow", lost)
        with pytest.raises(ConnectionError):
            await database.store(_store, lamp, "things")
        assert await ids(database) == [lamp["id"]]

    run(postgres, work)

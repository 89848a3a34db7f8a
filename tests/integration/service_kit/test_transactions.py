"""A write is committed before its answer leaves, and every database failure has its answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any, ClassVar

import asyncpg
import httpx
import pytest
from asyncpg.prepared_stmt import PreparedStatement
from fastapi import Depends, FastAPI, Request
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Database, ReadOnly, Transaction, database_of, tell_follower
from service_kit.middleware import RequestMiddleware
from service_kit.problems import Conflict, add_problem_handlers
from service_kit.settings import ServiceSettings
from tests.support.postgres import CUT_OTHER_SESSIONS, TestServer, close

# Deferred to the commit, so that the statement itself succeeds and only the commit fails.
TABLE = """
CREATE TABLE things (
    name text, size int,
    CONSTRAINT uq_things_name UNIQUE (name) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_things_size UNIQUE (size)
)"""


class ThingExists(Conflict):
    code, title = "thing_exists", "There is one already."


class Settings(ServiceSettings):
    service: ClassVar[str] = "things_service"


async def late_transaction(request: Request) -> AsyncIterator[AsyncConnection]:
    """FastAPI's default scope: what a usual `get_db` does, kept here to show that the order test can fail."""
    async with database_of(request).transaction() as connection:
        yield connection


def things_app(database: Database) -> FastAPI:
    app = FastAPI()
    app.state.database = database
    add_problem_handlers(app, {"uq_things_name": ThingExists})
    app.add_middleware(RequestMiddleware, body_bytes_max=1_000_000, body_bytes_max_by_path={})
    insert = text("INSERT INTO things VALUES (:name, :size)")

    @app.post("/things", status_code=201)
    async def create(db: Transaction, name: str, size: int) -> str:
        await db.execute(insert, {"name": name, "size": size})
        return name

    @app.post("/late", status_code=201)
    async def create_late(db: Annotated[AsyncConnection, Depends(late_transaction)], name: str, size: int) -> str:
        await db.execute(insert, {"name": name, "size": size})
        return name

    @app.get("/count")
    async def count(db: ReadOnly) -> int:
        return int((await db.execute(text("SELECT count(*) FROM things"))).scalar_one())

    @app.get("/slow")
    async def slow(db: ReadOnly) -> None:
        await db.execute(text("SELECT pg_sleep(60)"))

    @app.get("/cut")
    async def cut(db: ReadOnly) -> None:
        await db.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    return app


Work = Callable[[httpx.AsyncClient, Database], Awaitable[Any]]


def run(server: TestServer, work: Work, limit_ms: int = 60_000) -> Any:
    async def main() -> Any:
        url = SecretStr(server.create_empty_database())
        database = Database(Settings(database_url=url, statement_timeout_ms=limit_ms, pool_size=2))
        async with database.engine.begin() as connection:
            await connection.execute(text(TABLE))
        transport = httpx.ASGITransport(things_app(database), raise_app_exceptions=False)
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://things") as client:
                return await work(client, database)
        finally:
            await close(database)

    return asyncio.run(main())


def test_a_failing_commit_is_seen_by_the_caller(postgres: TestServer) -> None:
    async def work(client: httpx.AsyncClient, _: Database) -> None:
        assert (await client.post("/things?name=a&size=1")).status_code == 201
        refused = await client.post("/things?name=a&size=2")
        assert refused.status_code == 409
        assert refused.json()["code"] == "thing_exists"
        assert (await client.get("/count")).json() == 1

    run(postgres, work)


def test_the_usual_dependency_would_have_answered_201_for_a_lost_row(postgres: TestServer) -> None:
    async def work(client: httpx.AsyncClient, _: Database) -> None:
        await client.post("/things?name=a&size=1")
        transport = httpx.ASGITransport(client._transport.app)  # type: ignore[attr-defined]
        async with httpx.AsyncClient(transport=transport, base_url="http://things") as strict:
            with pytest.raises((IntegrityError, RuntimeError)):
                await strict.post("/late?name=a&size=2")
        assert (await client.get("/count")).json() == 1

    run(postgres, work)


def test_an_unmapped_constraint_is_our_fault_and_tells_nothing(postgres: TestServer) -> None:
    async def work(client: httpx.AsyncClient, _: Database) -> None:
        await client.post("/things?name=a&size=1")
        headers = {"X-Request-ID": "traced-through"}
        answer = await client.post("/things?name=secret-name&size=1", headers=headers)
        assert answer.status_code == 500
        assert answer.headers["x-request-id"] == answer.json()["request_id"] == "traced-through"
        assert answer.json()["code"] == "internal_error"
        assert "secret-name" not in answer.text
        assert "uq_things" not in answer.text

    run(postgres, work)


def test_a_value_the_database_cannot_hold_is_malformed(postgres: TestServer) -> None:
    async def work(client: httpx.AsyncClient, _: Database) -> None:
        for query in ("name=a%00b&size=1", f"name=a&size={2**40}"):
            answer = await client.post(f"/things?{query}")
            assert (answer.status_code, answer.json()["code"]) == (422, "malformed_request")
        assert (await client.get("/count")).json() == 0

    run(postgres, work)


def test_a_statement_that_takes_too_long_is_503_with_retry_after(postgres: TestServer) -> None:
    async def work(client: httpx.AsyncClient, _: Database) -> None:
        answer = await client.get("/slow")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]

    run(postgres, work, limit_ms=1_000)


def test_a_read_on_a_connection_cut_while_idle_is_simply_repeated(postgres: TestServer) -> None:
    async def work(client: httpx.AsyncClient, database: Database) -> None:
        await database.warm()
        async with database.engine.connect() as killer:
            assert (await killer.execute(text(CUT_OTHER_SESSIONS))).scalars().all() == [True]
        assert [(await client.get("/count")).status_code for _ in range(4)] == [200] * 4

    run(postgres, work)


def test_a_connection_cut_in_the_middle_of_a_statement_is_lost_like_any_other(
    postgres: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """asyncpg finds it in a state that ought not to be. A read is repeated, and a write that was not done is 503."""
    fetch, cut = PreparedStatement.fetch, list[PreparedStatement]()

    async def cut_once(statement: PreparedStatement, *values: Any) -> Any:
        if not cut:
            cut.append(statement)
            raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")
        return await fetch(statement, *values)

    async def work(client: httpx.AsyncClient, _: Database) -> None:
        monkeypatch.setattr(PreparedStatement, "fetch", cut_once)
        assert (await client.get("/count")).json() == 0
        cut.clear()
        refused = await client.post("/things?name=a&size=1")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert (await client.get("/count")).json() == 0
        assert (await client.post("/things?name=a&size=1")).status_code == 201

    run(postgres, work)


def test_who_follows_a_table_looks_after_a_commit_that_told_of_it_and_after_no_other(postgres: TestServer) -> None:
    async def work(_: httpx.AsyncClient, database: Database) -> None:
        committed = database.committed["things"]
        async with database.transaction() as db:
            tell_follower(db, "things")
            assert not committed.is_set()
        assert committed.is_set()
        committed.clear()
        with suppress(ZeroDivisionError):
            async with database.transaction() as db:
                tell_follower(db, "things")
                raise ZeroDivisionError
        async with database.transaction() as db:  # on the same connection, since the pool gives the one used last
            tell_follower(db, "others")
        assert not committed.is_set()

    run(postgres, work)


def test_no_connection_at_all_is_503(postgres: TestServer) -> None:
    async def main() -> None:
        settings = Settings(database_url=SecretStr("postgresql://nobody:x@127.0.0.1:9/none"))
        transport = httpx.ASGITransport(things_app(Database(settings)), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://things") as client:
            for answer in (await client.get("/count"), await client.post("/things?name=a&size=1")):
                assert answer.status_code == 503
                assert answer.headers["retry-after"]

    asyncio.run(main())

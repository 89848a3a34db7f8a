"""The connection pool and the two ways to use it: `ReadOnly` for one-statement reads, `Transaction` for writes.

A transaction commits before the answer leaves (ADR 0003); nothing outside this module commits.
"""

import asyncio
import types
from collections import defaultdict, namedtuple
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, cast

import asyncpg
import orjson
from fastapi import Depends, Request
from sqlalchemy import CursorResult, Executable, PoolProxiedConnection, QueuePool, Select, TypeDecorator, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, MissingGreenlet
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util.concurrency import greenlet_spawn

from service_kit.encryption import use_keys
from service_kit.settings import ServiceSettings

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]

RELAYING_MAX, POOL_TIMEOUT_S = 2, 3
# What work beside the requests waits out; a request answers it with 503.
AWAY = (DBAPIError, PoolTimeoutError, OSError)


class Reads(Protocol):
    """What a reading crud function asks for. A `Transaction` is one too; a `Reader` is no `Transaction`."""

    async def execute(self, statement: Executable, parameters: Parameters | None = None, /) -> CursorResult[Any]: ...


class _Turns(asyncio.Semaphore):
    """Who takes a connection next: who came first. The pool itself lets who comes pass by those who wait, for ever."""

    async def acquire(self) -> Literal[True]:
        if not self.locked():
            return await super().acquire()
        try:
            async with asyncio.timeout(POOL_TIMEOUT_S):
                return await super().acquire()
        except TimeoutError:
            raise PoolTimeoutError("no connection was given back in time") from None


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as the driver takes it: its parameters, which of them are encoded, and the names in its rows."""

    sql: str
    names: Sequence[str]
    encoders: Sequence[tuple[int, Callable[[Any], Any]]]
    row: Callable[[Iterable[Any]], Any]


class Reader:
    """Runs single statements in AUTOCOMMIT: one round trip each, and no connection held between them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.sync_engine
        self.turns = _Turns(cast("QueuePool", engine.pool).size())
        self._compiled: dict[Select[Any], _Compiled] = {}

    async def first(self, statement: Select[Any], parameters: Mapping[str, Any]) -> Any:
        """The first row of a statement built once, or None: a third of the cost of `execute`, for the hottest reads.

        It goes to the driver itself, and so gives the values the driver makes: no column may have a type of our own.
        """
        compiled = self._compiled.get(statement) or self._compile(statement)
        values = [parameters[name] for name in compiled.names]
        for place, encode in compiled.encoders:
            values[place] = encode(values[place])
        failed = False
        async with self.turns:
            connection = await self._checkout()
            driver = cast("asyncpg.Connection", connection.driver_connection)
            try:
                record = await driver.fetchrow(compiled.sql, *values)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
                failed = True
            except BaseException:
                connection.invalidate()  # given up in the middle of an answer that the next one would read
                raise
            connection.close()
        if not failed:
            return None if record is None else compiled.row(record)
        try:  # SQLAlchemy's own way tells a lost connection from a refusal, mends the one and raises the other.
            return (await self.execute(statement, parameters)).first()
        except IntegrityError as error:
            if driver.is_closed():  # a write it was, carried out before the connection was lost
                raise ConnectionError("what was carried out has no answer") from error
            raise

    async def _checkout(self) -> PoolProxiedConnection:
        # A greenlet is only needed to wait, and on its own costs more than taking a connection that lies ready.
        if cast("QueuePool", self._engine.pool).checkedin():
            with suppress(MissingGreenlet):  # it was broken, and another is opened below
                return self._engine.raw_connection()
        return await greenlet_spawn(self._engine.raw_connection)

    def _compile(self, statement: Select[Any]) -> _Compiled:
        compiled = statement.compile(dialect=self._engine.dialect)
        columns = statement.selected_columns
        if own := [column.name for column in columns if isinstance(column.type, TypeDecorator)]:
            raise TypeError(f"the driver does not know the types of {own}")
        row = namedtuple("Row", columns.keys())  # type: ignore[misc]  # noqa: PYI024 - the names are the statement's
        names, dialect = compiled.positiontup or [], self._engine.dialect
        encode = [compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
        encoders = [(place, each) for place, each in enumerate(encode) if each]
        self._compiled[statement] = made = _Compiled(str(compiled), names, encoders, row._make)
        return made

    async def execute(self, statement: Executable, parameters: Parameters | None = None, /) -> CursorResult[Any]:
        async with self.turns:
            try:
                return await greenlet_spawn(self._execute, statement, parameters)
            except DBAPIError as error:
                # A connection whose server restarted fails once and empties the pool; a read may simply be repeated.
                if not error.connection_invalidated:
                    raise
            return await greenlet_spawn(self._execute, statement, parameters)

    def _execute(self, statement: Executable, parameters: Parameters | None) -> CursorResult[Any]:
        # In one greenlet from checkout to return: AsyncConnection enters one for each step, which costs a third more.
        with self._engine.connect() as connection:
            return connection.execute(statement, parameters)


@types.coroutine
def _connecting(**arguments: Any) -> Generator[Any, None, asyncpg.Connection]:
    """`asyncpg.connect`, begun where it is awaited: what `_checkout` gives up was then never begun."""
    return (yield from asyncpg.connect(**arguments).__await__())


def _is_lost_too(context: ExceptionContext) -> None:
    """Cut between a statement's two messages, a connection is lost; SQLAlchemy has only asyncpg's own word for it."""
    context.is_disconnect |= isinstance(context.original_exception.__cause__, asyncpg.InternalClientError)


def _engine(settings: ServiceSettings, pool_size: int) -> AsyncEngine:
    # Reads take the engine's own isolation level, and so the way without detours; transactions pay for the change.
    engine = create_async_engine(
        driver_url(settings.database_url.get_secret_value(), "asyncpg"),
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_use_lifo=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        hide_parameters=True,
        connect_args={
            "async_creator_fn": _connecting,
            "timeout": 6,  # a machine that stands still for a while must not end the start of a service
            "command_timeout": settings.statement_timeout_ms / 1000 + 1,
            "server_settings": {
                "application_name": settings.service,
                "statement_timeout": str(settings.statement_timeout_ms),
                "idle_in_transaction_session_timeout": "30000",
                "jit": "off",
            },
        },
    )
    event.listen(engine.sync_engine, "handle_error", _is_lost_too)
    use_keys(engine.dialect, settings.field_keys)
    return engine


class Database:
    """One service's engine, its reader, and what those wait for who follow a table (the outbox relay, say).

    `relaying` has connections of its own, so that what is written gets out also while requests wait for theirs.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._engines = [_engine(settings, size) for size in (settings.pool_size, RELAYING_MAX)]
        self.reader, self.relaying = map(Reader, self._engines)
        self.engine = self._engines[0].execution_options(isolation_level="READ COMMITTED")
        # By table: set after a commit of which its follower is told, who clears it.
        self.committed = defaultdict[str, asyncio.Event](asyncio.Event)

    async def warm(self) -> None:
        """Open the pool's connections now, so that no early request pays for connecting."""
        size = cast("QueuePool", self.engine.pool).size()
        connections = await asyncio.gather(*(self.engine.connect() for _ in range(size)))
        for connection in connections:
            await connection.close()

    async def aclose(self) -> None:
        for engine in self._engines:
            await engine.dispose()

    async def ping(self) -> None:
        await self.reader.execute(text("SELECT 1"))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        async with self.reader.turns, self.engine.begin() as connection:
            # What is noted there stays with the driver's connection, so that each transaction begins anew.
            told = connection.info["told"] = set[str]()
            yield connection
        for table in told:
            self.committed[table].set()

    async def store(self, statement: Select[Any], parameters: Mapping[str, Any], told: str) -> Any:
        """The row of one statement that writes, `told` among others, and so is a transaction: committed then.

        As a read it is sent again when its connection is lost, carried out or not: it must insert an id it is given.
        """
        row = await self.reader.first(statement, parameters)
        self.committed[told].set()
        return row


def tell_follower(transaction: AsyncConnection, table: str) -> None:
    """Have who follows this table look there once this transaction commits."""
    transaction.info["told"].add(table)


def driver_url(url: str, driver: str) -> str:
    """Name the driver in a plain `postgresql://` URL; SQLAlchemy 2.1 would otherwise look for psycopg 3."""
    return make_url(url).set(drivername=f"postgresql+{driver}").render_as_string(hide_password=False)


def database_of(request: Request) -> Database:
    return cast("Database", request.app.state.database)


async def _reader(request: Request) -> Reader:
    return database_of(request).reader


async def _transaction(request: Request) -> AsyncIterator[AsyncConnection]:
    async with database_of(request).transaction() as connection:
        yield connection


ReadOnly = Annotated[Reader, Depends(_reader)]
# Function scope is what makes the commit happen before the bytes leave; FastAPI's default commits after them.
Transaction = Annotated[AsyncConnection, Depends(_transaction, scope="function")]

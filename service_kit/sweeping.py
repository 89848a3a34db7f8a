"""Rows that have had their time are deleted, a few at once, as a service starts and every ten minutes from then on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from fastapi import FastAPI
from sqlalchemy import Column, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.app import repeating
from service_kit.database import Database

EVERY_S = 600
AT_ONCE = 1_000

# Deletes up to so many rows and says how many there were.
Delete = Callable[[AsyncConnection, int], Awaitable[int]]

log = structlog.get_logger()


def older_than(column: Column[Any], age: timedelta) -> Delete:
    """Delete the rows of a table whose time in `column` is longer ago than `age`; rows without one stay."""
    table = column.table
    [key] = table.primary_key
    old = select(key).where(column < func.now() - age).limit(bindparam("limit")).with_for_update(skip_locked=True)
    statement = delete(table).where(key.in_(old))

    async def delete_some(db: AsyncConnection, limit: int) -> int:
        return (await db.execute(statement, {"limit": limit})).rowcount

    return delete_some


def sweeping(*deletes: Delete) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """A part of a service that runs these deletes for as long as the service does."""

    @asynccontextmanager
    async def part(app: FastAPI) -> AsyncIterator[None]:
        sweep = partial(_sweep_all, app.state.database, deletes)
        async with repeating(sweep, every_s=EVERY_S, waits="sweeping_waits_for_database"):
            yield

    return part


async def _sweep_all(database: Database, deletes: tuple[Delete, ...]) -> None:
    # In small transactions, so that a long backlog neither runs into a time limit nor holds anybody up.
    for delete_some in deletes:
        while (swept := await _sweep(database, delete_some)) > 0:
            log.info("swept", count=swept)


async def _sweep(database: Database, delete_some: Delete) -> int:
    async with database.transaction() as db:
        return await delete_some(db, AT_ONCE)

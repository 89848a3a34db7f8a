"""What lives as long as the service does: its keys, the threads that hash passwords, and the sweeper of old rows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service_kit.app import running
from service_kit.database import Database
from service_kit.schemas import utc_now
from service_kit.tokens import KeySet
from user_service.core.hashing import PasswordHasher
from user_service.core.keys import Keys
from user_service.crud import attempts as attempts_crud
from user_service.crud import sessions as sessions_crud
from user_service.domain.throttling import WINDOW

SWEEP_EVERY_S = 600
SWEPT_AT_ONCE = 1_000

log = structlog.get_logger()


@asynccontextmanager
async def keys(app: FastAPI) -> AsyncIterator[None]:
    app.state.keys = Keys(app.state.settings)
    if app.state.keys.public:
        app.state.authenticator.use(KeySet.from_jwks({"keys": app.state.keys.public}))
    yield


@asynccontextmanager
async def hashing(app: FastAPI) -> AsyncIterator[None]:
    app.state.hasher = PasswordHasher(app.state.settings)
    yield
    app.state.hasher.close()


@asynccontextmanager
async def sweeping(app: FastAPI) -> AsyncIterator[None]:
    async with running(_sweep_for_ever(app.state.database)):
        yield


async def _sweep_for_ever(database: Database) -> None:
    while True:
        try:
            # In small transactions, so that a long backlog neither runs into a time limit nor holds anybody up.
            while (swept := await _sweep(database)) > 0:
                log.info("swept", count=swept)
        except (DBAPIError, PoolTimeoutError, OSError) as error:
            log.warning("sweeping_waits_for_database", exc_type=type(error).__name__)
        await asyncio.sleep(SWEEP_EVERY_S)


async def _sweep(database: Database) -> int:
    async with database.transaction() as db:
        sessions = await sessions_crud.delete_expired_sessions(db, SWEPT_AT_ONCE)
        failures = await attempts_crud.delete_failures_before(db, utc_now() - WINDOW, SWEPT_AT_ONCE)
    return sessions + failures


parts = [keys, hashing, sweeping]

"""What lives as long as the service does: keys, threads that hash passwords, the feed of revocations, the sweeper."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI

from service_kit.app import running
from service_kit.idempotency import IDEMPOTENCY_KEYS_KEPT
from service_kit.sweeping import older_than, sweeping
from service_kit.tokens import PERSON_TOKEN_LIFE_MAX_S, KeySet
from user_service.core.hashing import PasswordHasher
from user_service.core.keys import Keys
from user_service.crud import attempts as attempts_crud
from user_service.crud import sessions as sessions_crud
from user_service.models import idempotency_keys
from user_service.models import revocations as revocations_table
from user_service.services.revocations import Feed

# A minute more than a token lives, for what lies between a transaction's start, whose time a row has, and its commit.
REVOCATIONS_KEPT = timedelta(seconds=PERSON_TOKEN_LIFE_MAX_S + 60)


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
async def revocations(app: FastAPI) -> AsyncIterator[None]:
    feed = app.state.feed = Feed(app.state.database)
    async with running(app.state.authenticator.revocations.follow(feed.look)):
        yield


parts = [
    keys,
    hashing,
    revocations,
    sweeping(
        sessions_crud.delete_expired_sessions,
        attempts_crud.delete_old_failures,
        older_than(idempotency_keys.c.created_at, IDEMPOTENCY_KEYS_KEPT),
        older_than(revocations_table.c.revoked_at, REVOCATIONS_KEPT),
    ),
]

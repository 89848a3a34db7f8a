"""What lives as long as the service does: its keys, the threads that hash passwords, and the sweeper of old rows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from service_kit.idempotency import IDEMPOTENCY_KEYS_KEPT
from service_kit.sweeping import older_than, sweeping
from service_kit.tokens import KeySet
from user_service.core.hashing import PasswordHasher
from user_service.core.keys import Keys
from user_service.crud import attempts as attempts_crud
from user_service.crud import sessions as sessions_crud
from user_service.models import idempotency_keys


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


parts = [
    keys,
    hashing,
    sweeping(
        sessions_crud.delete_expired_sessions,
        attempts_crud.delete_old_failures,
        older_than(idempotency_keys.c.created_at, IDEMPOTENCY_KEYS_KEPT),
    ),
]

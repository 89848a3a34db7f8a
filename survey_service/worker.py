"""What happens before the service serves: it sees to it that there are questions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from service_kit.idempotency import IDEMPOTENCY_KEYS_KEPT
from service_kit.privacy import erased_again
from service_kit.sweeping import older_than, sweeping
from survey_service.models import Base, idempotency_keys
from survey_service.services import versions as versions_service


@asynccontextmanager
async def builtin_catalogue(app: FastAPI) -> AsyncIterator[None]:
    async with app.state.database.engine.begin() as db:
        await versions_service.publish_builtin(db)
    yield


parts = [
    builtin_catalogue,
    sweeping(erased_again(Base.metadata), older_than(idempotency_keys.c.created_at, IDEMPOTENCY_KEYS_KEPT)),
]

"""How a person is erased: here at once, everywhere else as soon as each service answers (ADR 0018)."""

import asyncio
from typing import Any
from uuid import UUID

from service_kit.database import Database, Transaction
from service_kit.privacy import erase
from service_kit.problems import id_of
from user_service.clients.neighbours import Neighbours
from user_service.core.desk import Desk
from user_service.core.problems import ErasureNotFound, LastAdministrator
from user_service.crud import audit
from user_service.crud import erasures as erasures_crud
from user_service.crud import sessions as sessions_crud
from user_service.crud import users as users_crud
from user_service.domain.audit import Event
from user_service.events.accounts import add_erasure_requested
from user_service.models import Base
from user_service.services.credentials import check_own_password
from user_service.services.users import get_account

HOLDERS = ("profile_service", "alert_service", "survey_service", "score_service")


async def erase_own_account(desk: Desk, user_id: UUID, password: str) -> Any:
    user = await get_account(desk.database.reader, user_id)
    await check_own_password(desk, user, password)
    async with desk.database.transaction() as db:
        return await erase_account(db, user_id)


async def erase_account(
    db: Transaction, user_id: UUID, *, actor_id: UUID | None = None, reason: str | None = None
) -> Any:
    """Erase an account with all that hangs on it, and return the receipt; the other services are told from now on."""
    if await users_crud.lock_active_admins(db) == [user_id]:
        raise LastAdministrator
    # Whoever signs in at this moment holds the row: that session is there to be ended, or finds no account any more.
    await users_crud.get_user_for_update(db, user_id)
    await audit.record(db, Event.USER_DELETED, user_id, actor_id=actor_id, reason=reason)
    receipt = await erasures_crud.create_erasure(db, user_id, HOLDERS)
    await add_erasure_requested(db, receipt.receipt_id)
    await sessions_crud.end_sessions_of_user(db, user_id, "erased", reason=reason)
    await erase(db, Base.metadata, user_id)
    return receipt


async def get_receipt(db: Any, receipt_id: str) -> Any:
    return await erasures_crud.get_erasure(db, id_of(receipt_id, ErasureNotFound))


class Eraser:
    """Takes an erasure to the services that have not confirmed it yet. One that is away holds up no other."""

    def __init__(self, database: Database, neighbours: Neighbours) -> None:
        self._db, self._neighbours = database.reader, neighbours

    async def deliver(self, event: Any) -> None:
        erasure = await erasures_crud.get_erasure(self._db, UUID(event.payload["receipt_id"]))
        if erasure.completed_at is not None:
            return
        waiting = [name for name, confirmed_at in erasure.services.items() if confirmed_at is None]
        outcomes = await asyncio.gather(*(self._erase_at(name, erasure) for name in waiting), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
        await erasures_crud.complete_erasure(self._db, erasure.receipt_id)

    async def _erase_at(self, service: str, erasure: Any) -> None:
        await self._neighbours.erase(service, erasure.user_id)
        await erasures_crud.confirm_erasure(self._db, erasure.receipt_id, service)

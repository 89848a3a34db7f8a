"""`/alerts/admin/dead-letters`."""

from typing import Any

from fastapi import APIRouter

from alert_service.core.auth import ReplayDeadLetters
from alert_service.core.ids import DeliveryId
from alert_service.core.problems import DeadLetterNotFound
from alert_service.crud import deliveries as deliveries_crud
from alert_service.schemas.alerts import DoneOut
from alert_service.schemas.dead_letters import DeadLetterOut
from alert_service.services import dead_letters as dead_letters_service
from service_kit.database import ReadOnly, Transaction
from service_kit.pagination import Cursor, Limit, Page
from service_kit.problems import Forbidden, Unauthenticated, Unavailable, problems
from service_kit.schemas import utc_now

router = APIRouter(
    prefix="/alerts/admin/dead-letters",
    tags=["administration"],
    responses=problems(Unauthenticated, Forbidden, Unavailable),
)


@router.get("", response_model=Page[DeadLetterOut])
async def list_dead_letters(_admin: ReplayDeadLetters, db: ReadOnly, limit: Limit = 20, cursor: Cursor = None) -> Any:
    """Mails and calls that were given up, newest first."""
    return await dead_letters_service.list_dead_letters(db, limit, cursor)


@router.post("/{delivery_id}/replay", responses=problems(DeadLetterNotFound), response_model=DoneOut)
async def replay_dead_letter(_admin: ReplayDeadLetters, db: Transaction, delivery_id: DeliveryId) -> Any:
    """Try a delivery anew that was given up; of any other, nothing is changed."""
    await deliveries_crud.revive(db, delivery_id, utc_now())
    return DoneOut()

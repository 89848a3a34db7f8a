"""`/scores/admin/overrides`: numbers that administrators put in place of a scorecard's."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from score_service.core.auth import OverrideScores
from score_service.core.ids import AnyOverrideId
from score_service.core.problems import OverrideEnded, OverrideInForce, OverrideNotFound, OwnOverride, ScoreNotFound
from score_service.schemas.overrides import OverrideIn, OverrideOut
from score_service.services import overrides as overrides_service
from service_kit.database import ReadOnly, Transaction
from service_kit.idempotency import Idempotency, KeyReused, KeyStillRunning
from service_kit.pagination import Cursor, Limit, Page
from service_kit.problems import Forbidden, Unauthenticated, Unavailable, problems

router = APIRouter(
    prefix="/scores/admin/overrides", tags=["governance"], responses=problems(Unauthenticated, Forbidden, Unavailable)
)

OnlyPerson = Annotated[UUID | None, Query(description="Only this person's")]


@router.post(
    "",
    status_code=201,
    responses=problems(ScoreNotFound, OverrideInForce, OwnOverride, KeyStillRunning, KeyReused),
    response_model=OverrideOut,
)
async def create_override(administrator: OverrideScores, db: Transaction, key: Idempotency, payload: OverrideIn) -> Any:
    """Put a number in place of a person's score until it expires or is withdrawn; the scorecard's own is kept."""
    return await overrides_service.create_override(db, administrator.user_id, payload, key)


@router.get("", response_model=Page[OverrideOut])
async def list_overrides(
    _: OverrideScores, db: ReadOnly, user_id: OnlyPerson = None, limit: Limit = 20, cursor: Cursor = None
) -> Any:
    """List the overrides there are and were, newest first."""
    return await overrides_service.list_overrides(db, user_id, cursor, limit)


@router.get("/{override_id}", responses=problems(OverrideNotFound), response_model=OverrideOut)
async def get_override(_: OverrideScores, db: ReadOnly, override_id: AnyOverrideId) -> Any:
    """Read one override: who put which number in place, when, why, and until when."""
    return await overrides_service.get_override(db, override_id)


@router.delete(
    "/{override_id}", responses=problems(OverrideNotFound, OverrideEnded, OwnOverride), response_model=OverrideOut
)
async def withdraw_override(administrator: OverrideScores, db: Transaction, override_id: AnyOverrideId) -> Any:
    """Withdraw an override: the scorecard's number is in force again. The override stays on record."""
    return await overrides_service.withdraw_override(db, override_id, administrator.user_id)

"""`/disputes` and `/scores/admin/disputes`: what people say is wrong, and what became of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from score_service.core.auth import ContestScores, ResolveDisputes
from score_service.core.ids import AnyDisputeId
from score_service.core.problems import (
    AlreadyExtended,
    DecisionNotFound,
    DisputeNotFound,
    DisputeOpen,
    DisputeResolved,
    OwnDispute,
)
from score_service.schemas.disputes import DisputeIn, DisputeOut, JudgedDisputeOut, ResolveIn, State
from score_service.services import disputes as disputes_service
from score_service.services.scorecards import LoadedScorecards
from service_kit.database import ReadOnly, Transaction
from service_kit.idempotency import Idempotency, KeyReused, KeyStillRunning
from service_kit.pagination import Cursor, Limit, Page
from service_kit.problems import Forbidden, Unauthenticated, Unavailable, problems

router = APIRouter(tags=["disputes"], responses=problems(Unauthenticated))

OnlyState = Annotated[State | None, Query(description="Only these")]


@router.post(
    "/disputes",
    status_code=201,
    responses=problems(DecisionNotFound, DisputeOpen, KeyStillRunning, KeyReused),
    response_model=DisputeOut,
)
async def open_dispute(person: ContestScores, db: Transaction, key: Idempotency, payload: DisputeIn) -> Any:
    """Say what is wrong with a score of yours; it is answered within 30 days, or 45 when that is not enough."""
    return await disputes_service.open_dispute(db, person.user_id, payload, key)


@router.get("/disputes", response_model=Page[DisputeOut])
async def list_own_disputes(
    person: ContestScores, db: ReadOnly, state: OnlyState = None, limit: Limit = 20, cursor: Cursor = None
) -> Any:
    """List your disputes, newest first."""
    return await disputes_service.list_disputes(db, person.user_id, state, cursor, limit)


@router.get("/scores/admin/disputes", responses=problems(Forbidden, Unavailable), response_model=Page[JudgedDisputeOut])
async def list_disputes(
    _: ResolveDisputes, db: ReadOnly, state: OnlyState = None, limit: Limit = 20, cursor: Cursor = None
) -> Any:
    """List everybody's disputes, newest first."""
    return await disputes_service.list_disputes(db, None, state, cursor, limit)


@router.post(
    "/scores/admin/disputes/{dispute_id}/resolve",
    responses=problems(Forbidden, Unavailable, DisputeNotFound, DisputeResolved, AlreadyExtended, OwnDispute),
    response_model=JudgedDisputeOut,
)
async def resolve_dispute(
    administrator: ResolveDisputes,
    db: Transaction,
    scorecards: LoadedScorecards,
    dispute_id: AnyDisputeId,
    payload: ResolveIn,
) -> Any:
    """Correct the inputs, which makes a new score, or reject the dispute, or take 15 days more."""
    return await disputes_service.resolve_dispute(db, scorecards, dispute_id, administrator.user_id, payload)

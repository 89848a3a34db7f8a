"""A person says that a score is wrong; an administrator, never they themselves, finds out and corrects it."""

from typing import Any
from uuid import UUID

from score_service.core.problems import AlreadyExtended, DisputeResolved
from score_service.crud import disputes as disputes_crud
from score_service.crud import overrides as overrides_crud
from score_service.crud import scores as scores_crud
from score_service.domain.features import FEATURES, InvalidFeaturesError
from score_service.domain.simulation import changed, ranges_kept
from score_service.domain.uncertainty import NO_RANGES
from score_service.events.disputes import add_dispute_decided
from score_service.models import idempotency_keys
from score_service.schemas.disputes import DisputeIn, DisputeOut, ResolveIn
from score_service.services.inputs import Inputs, refused
from score_service.services.scorecards import Scorecards
from score_service.services.scores import decide
from service_kit.database import Reads, Transaction
from service_kit.idempotency import Idempotency, once
from service_kit.pagination import decode_cursor, page_of
from service_kit.problems import malformed


async def open_dispute(db: Transaction, user_id: UUID, payload: DisputeIn, key: Idempotency) -> Any:
    if payload.feature is not None and payload.feature not in FEATURES:
        raise malformed("/feature", "is no feature of this score")

    async def create() -> DisputeOut:
        row = await disputes_crud.create_dispute(db, user_id, payload.score_id, payload.feature, payload.evidence)
        return DisputeOut.model_validate(row)

    return await once(db, idempotency_keys, key, create, status=201)


async def list_disputes(
    db: Reads, user_id: UUID | None, state: str | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    place = decode_cursor(cursor, UUID)
    before = None if place is None else place[0]
    rows = await disputes_crud.list_disputes(db, user_id=user_id, state=state, before=before, rows=limit + 1)
    page, next_ = page_of(rows, limit, lambda row: [str(row.dispute_id)])
    return {"items": page, "next": next_}


async def resolve_dispute(
    db: Transaction, scorecards: Scorecards, dispute_id: UUID, administrator: UUID, payload: ResolveIn
) -> Any:
    if bool(payload.changes) != (payload.outcome == "corrected"):
        raise malformed("/changes", "must be given for `corrected`, and for nothing else")
    dispute = await disputes_crud.get_dispute_for_update(db, dispute_id)
    if dispute.resolved_at is not None:
        raise DisputeResolved
    # The lock of everything that writes events of this person.
    current = await overrides_crud.get_current_for_update(db, dispute.user_id)
    if payload.outcome == dispute.state == "extended":
        raise AlreadyExtended
    outcome = {"state": payload.outcome, "resolution": payload.resolution, "decided_by": administrator}
    if payload.outcome == "corrected":
        outcome["corrected_version"] = await _correct(db, scorecards, dispute.user_id, current, payload)
    await add_dispute_decided(db, dispute.user_id, payload.outcome)
    if payload.outcome == "extended":
        return await disputes_crud.extend_dispute(db, dispute_id, administrator, payload.resolution)
    return await disputes_crud.resolve_dispute(db, dispute_id, outcome)


async def _correct(db: Transaction, scorecards: Scorecards, user_id: UUID, current: Any, payload: ResolveIn) -> int:
    """A new score from the current one's inputs, put right: what has changed since the contested one stays."""
    changes = payload.changes or {}
    try:
        features = changed(current.inputs, changes)
    except InvalidFeaturesError as error:
        raise refused(error, "changes") from error
    ranges = ranges_kept(current.ranges or NO_RANGES, changes)
    decision = decide(scorecards, user_id, Inputs(features, "correction", ranges=ranges))
    version: int = (await scores_crud.create_score(db, decision)).version
    return version

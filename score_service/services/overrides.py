"""An administrator's number in place of a scorecard's: for a time, with a reason, and seen as what it is."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from score_service.core.problems import OverrideEnded, OwnOverride
from score_service.crud import overrides as overrides_crud
from score_service.domain.overriding import in_force, number_in_force
from score_service.models import idempotency_keys
from score_service.schemas.overrides import OverrideIn, OverrideOut
from service_kit.database import Reads, Transaction
from service_kit.idempotency import Idempotency, once
from service_kit.pagination import decode_cursor, page_of
from service_kit.problems import malformed
from service_kit.schemas import utc_now

LASTS_AT_MOST = timedelta(days=366)


async def create_override(db: Transaction, administrator: UUID, payload: OverrideIn, key: Idempotency) -> Any:
    now = utc_now()
    if not now < payload.expires_at <= now + LASTS_AT_MOST:
        raise malformed("/expires_at", "must lie in the future, within a year")

    async def create() -> OverrideOut:
        current = await overrides_crud.get_current_for_update(db, payload.user_id)
        held = number_in_force(current.score, current.override_score, current.override_until, now)
        score = held if payload.score is None else payload.score
        new = {**payload.model_dump(), "score": score, "created_by": administrator}
        return _override(await overrides_crud.create_override(db, new), now)

    return await once(db, idempotency_keys, key, create, status=201, about=payload.user_id)


async def list_overrides(db: Reads, user_id: UUID | None, cursor: str | None, limit: int) -> dict[str, Any]:
    place = decode_cursor(cursor, UUID)
    before = None if place is None else place[0]
    rows = await overrides_crud.list_overrides(db, user_id=user_id, before=before, rows=limit + 1)
    page, next_ = page_of(rows, limit, lambda row: [str(row.override_id)])
    now = utc_now()
    return {"items": [_override(row, now) for row in page], "next": next_}


async def get_override(db: Reads, override_id: UUID) -> OverrideOut:
    return _override(await overrides_crud.get_override(db, override_id), utc_now())


async def withdraw_override(db: Transaction, override_id: UUID, administrator: UUID) -> OverrideOut:
    override = await overrides_crud.get_override(db, override_id)
    if override.user_id == administrator:
        raise OwnOverride
    if override.ended_at is not None:
        raise OverrideEnded
    await overrides_crud.get_current_for_update(db, override.user_id)
    return _override(await overrides_crud.withdraw_override(db, override_id, administrator), utc_now())


def _override(row: Any, now: datetime) -> OverrideOut:
    lasting = "in_force" if in_force(row.expires_at, now) else "expired"
    state = lasting if row.withdrawn_by is None else "withdrawn"
    ended_at = row.expires_at if state == "expired" else row.ended_at
    return OverrideOut(**{**row._mapping, "state": state, "ended_at": ended_at})

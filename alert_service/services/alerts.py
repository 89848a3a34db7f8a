"""How alerts are read: the rows as stored, put into words."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from alert_service.crud import alerts as alerts_crud
from alert_service.domain.kinds import TRAITS, Kind, kinds_of
from alert_service.domain.texts import render
from alert_service.schemas.alerts import AlertOut, AlertQuery
from service_kit.database import Reads
from service_kit.pagination import decode_cursor, page_of


async def list_alerts(db: Reads, user_id: UUID, query: AlertQuery) -> tuple[list[AlertOut], str | None]:
    """A page of a person's alerts, newest first, and the cursor of the next one."""
    place = decode_cursor(query.cursor, int)
    rows = await alerts_crud.list_alerts(
        db,
        user_id,
        kinds_of(query.type, query.severity),
        unread_only=query.unread,
        before=place[0] if place else None,
        at_most=query.limit + 1,
    )
    page, following = page_of(rows, query.limit, lambda row: [row.id])
    return _in_words(page), following


async def list_alerts_of_event(db: Reads, event_id: UUID) -> list[AlertOut]:
    return _in_words(await alerts_crud.list_alerts_of_event(db, event_id))


def _in_words(rows: Sequence[Any]) -> list[AlertOut]:
    return [_alert_out(row) for row in rows]


def _alert_out(row: Any) -> AlertOut:
    kind = Kind(row.kind)
    type_, severity = TRAITS[kind]
    text = render(kind, {"score": row.score, "previous_score": row.previous_score, **row.values})
    is_read = row.read_at is not None
    return AlertOut(
        id=row.id,
        user_id=row.user_id,
        type=type_,
        kind=kind,
        title=text.title,
        message=text.message,
        severity=severity,
        created_at=row.created_at,
        timestamp=row.created_at,
        is_read=is_read,
        read=is_read,
        score=row.score,
        previous_score=row.previous_score,
        reasons=row.reasons,
        dedupe_key=row.dedupe_key,
    )

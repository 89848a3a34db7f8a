"""How a score came to be what it is: the decisions so far, page by page, newest first."""

from datetime import datetime
from typing import Any
from uuid import UUID

from score_service.crud import history as history_crud
from score_service.crud import scores as scores_crud
from score_service.domain.bands import band_of, category_of
from score_service.schemas.history import HistoryQuery
from service_kit.database import Reader
from service_kit.pagination import decode_cursor, page_of
from service_kit.problems import malformed


async def list_history(db: Reader, user_id: UUID, query: HistoryQuery) -> dict[str, Any]:
    rows = await history_crud.list_scores(
        db,
        user_id,
        since=query.from_,
        before=_before(query),
        granularity=query.granularity,
        rows=query.limit + 1,
    )
    if not rows:
        await scores_crud.get_current_score(db, user_id)  # an empty page is for those who have a score
    page, next_ = page_of(rows, query.limit, lambda row: [row.place])
    return {"user_id": user_id, "history": [_item(row) for row in page], "next": next_}


def _before(query: HistoryQuery) -> datetime | None:
    place = decode_cursor(query.cursor, datetime.fromisoformat)
    if place is None:
        return query.to
    if place[0].tzinfo is None:
        raise malformed("/query/cursor", "is not a cursor of this list")
    return place[0]


def _item(row: Any) -> dict[str, Any]:
    band = band_of(row.score)
    return {**row._mapping, "band": band, "category": category_of(band)}

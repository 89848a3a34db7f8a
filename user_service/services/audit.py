"""How the audit log is read, and how it is sealed each second (ADR 0017)."""

import asyncio
from typing import Any
from uuid import UUID

from service_kit.database import Database, Reads
from service_kit.pagination import decode_cursor, page_of
from user_service.core.heads import HeadsFile
from user_service.crud import audit
from user_service.domain.audit import START, Event, link

AT_ONCE = 1_000


async def list_events(
    db: Reads,
    *,
    user_id: UUID | None,
    actor_id: UUID | None,
    event: Event | None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    (before,) = decode_cursor(cursor, UUID) or (None,)
    rows = await audit.list_events(db, user_id=user_id, actor_id=actor_id, event=event, before=before, limit=limit)
    items, following = page_of(rows, limit, lambda row: [str(row.id)])
    return {"items": items, "next": following}


async def seal(database: Database, heads: HeadsFile | None) -> None:
    """Seal what was recorded since the last time, if this replica is first, and note the head in any case."""
    while await _seal_some(database) == AT_ONCE:
        pass
    head = await audit.find_head(database.reader)
    if head is not None and heads is not None:
        await asyncio.to_thread(heads.note, head.position, head.hash)


async def _seal_some(database: Database) -> int:
    if not await audit.list_unsealed(database.reader, 1):
        return 0
    async with database.transaction() as db:
        if not await audit.take_turn(db):
            return 0
        head = await audit.find_head(db)
        position, before = (head.position, head.hash) if head else (0, START)
        seals = []
        for entry in await audit.list_unsealed(db, AT_ONCE):
            position, before = position + 1, link(before, entry)
            seals.append({"entry": entry.id, "place": position, "link": before})
        if seals:
            await audit.seal(db, seals)
    return len(seals)

"""Everything that all services hold about a person, in one document: complete, or not at all."""

import asyncio
from uuid import UUID

import orjson

from service_kit.database import Reads
from service_kit.privacy import gather, to_json
from service_kit.schemas import utc_now
from user_service.clients.neighbours import Neighbours
from user_service.models import Base
from user_service.services.erasures import HOLDERS
from user_service.services.users import get_account


async def export_account(db: Reads, neighbours: Neighbours, user_id: UUID) -> bytes:
    """Raises Unavailable when one of the services does not answer."""
    await get_account(db, user_id)
    theirs = await asyncio.gather(*(neighbours.gather(name, user_id) for name in HOLDERS))
    held = {
        "user_service": to_json(await gather(db, Base.metadata, user_id)),
        **dict(zip(HOLDERS, theirs, strict=True)),
    }
    return orjson.dumps(
        {
            "user_id": str(user_id),
            "exported_at": utc_now(),
            "services": {name: orjson.Fragment(document) for name, document in held.items()},
        }
    )

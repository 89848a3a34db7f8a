"""Try events anew that were set aside because a receiver refused them: `python -m score_service.scripts.send_again`.

For when what was wrong is mended; an event that is refused again is set aside again (ADR 0006).
"""

import asyncio

from score_service.core.settings import Settings
from score_service.models import outbox
from service_kit.database import Database
from service_kit.outbox import send_set_aside_again


async def send_again(settings: Settings) -> int:
    database = Database(settings)
    try:
        async with database.transaction() as db:
            return await send_set_aside_again(db, outbox)
    finally:
        await database.engine.dispose()


if __name__ == "__main__":
    print(f"{asyncio.run(send_again(Settings()))} events will be tried again.")

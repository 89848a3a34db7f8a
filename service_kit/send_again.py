"""Have a service send events again: `python -m service_kit.send_again SERVICE [--delivered-since TIME]` (ADR 0006).

Those that were set aside, once what was wrong is mended; what is refused again is set aside again. With a time instead
those delivered since, for when a receiver was restored to a moment before it had them; what it has, it takes no more.
"""

import argparse
import asyncio
import sys
from contextlib import aclosing
from datetime import datetime
from importlib import import_module

from sqlalchemy import MetaData

from service_kit import outbox
from service_kit.database import Database
from service_kit.settings import ServiceSettings


async def send_again(settings: ServiceSettings, metadata: MetaData, delivered_since: datetime | None) -> int:
    async with aclosing(Database(settings)) as database, database.transaction() as db:
        if delivered_since is not None:
            table = metadata.tables["outbox"]
            return await outbox.send_again(db, table, table.c.delivered_at >= delivered_since)
        relayed = [table for table in metadata.tables.values() if "set_aside_at" in table.c]
        return sum([await outbox.send_again(db, table, table.c.set_aside_at.is_not(None)) for table in relayed])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="send_again", description=__doc__)
    parser.add_argument("service")
    parser.add_argument("--delivered-since", type=datetime.fromisoformat, metavar="TIME")
    arguments = parser.parse_args()
    own_settings = import_module(f"{arguments.service}.core.settings").Settings()
    own_tables = import_module(f"{arguments.service}.models").Base.metadata
    count = asyncio.run(send_again(own_settings, own_tables, arguments.delivered_since))
    sys.stdout.write(f"{count} events will be sent again.\n")

"""Carry services' erasures over a restore: a backup brings back people who have been erased since.

`python -m service_kit.erasures list SERVICE ... > erased` before, and `... reapply SERVICE ... < erased` after.
"""

import asyncio
import sys
from collections.abc import Iterable
from importlib import import_module
from uuid import UUID

from sqlalchemy import MetaData, select

from service_kit.database import Database
from service_kit.migrations import upgrade
from service_kit.privacy import erase, tombstones
from service_kit.settings import ServiceSettings


async def list_erased(settings: ServiceSettings, metadata: MetaData) -> list[UUID]:
    database = Database(settings)
    try:
        table = tombstones(metadata)
        return list((await database.reader.execute(select(table.c.user_id).order_by(table.c.user_id))).scalars())
    finally:
        await database.engine.dispose()


async def reapply(settings: ServiceSettings, metadata: MetaData, people: Iterable[UUID]) -> int:
    database, count = Database(settings), 0
    try:
        for user_id in people:
            async with database.transaction() as db:
                await erase(db, metadata, user_id)
            count += 1
    finally:
        await database.engine.dispose()
    return count


def main(command: str, *services: str) -> None:
    people = set(sys.stdin.read().split()) if command == "reapply" else set()
    for service in services:
        settings = import_module(f"{service}.core.settings").Settings()
        metadata = import_module(f"{service}.models").Base.metadata
        upgrade(settings)  # a backup may be older than the tombstones themselves
        if command == "list":
            sys.stdout.writelines(f"{each}\n" for each in asyncio.run(list_erased(settings, metadata)))
        elif command == "reapply":
            count = asyncio.run(reapply(settings, metadata, map(UUID, people)))
            sys.stdout.write(f"{count} erasures are in force in {service}.\n")
        else:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])

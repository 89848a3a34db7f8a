"""Carry services' erasures over a restore: a backup brings back people who have been erased since.

`python -m service_kit.erasures list SERVICE ... > erased` before, and `... reapply SERVICE ... < erased` after.
"""

import asyncio
import sys
from collections.abc import Iterable
from contextlib import aclosing
from importlib import import_module
from uuid import UUID

from sqlalchemy import MetaData, select

from service_kit.database import Database
from service_kit.migrations import upgrade
from service_kit.privacy import erase, tombstones
from service_kit.settings import ServiceSettings


async def list_erased(settings: ServiceSettings, metadata: MetaData) -> list[UUID]:
    person = tombstones(metadata).c.user_id
    async with aclosing(Database(settings)) as database:
        return list((await database.reader.execute(select(person).order_by(person))).scalars())


async def reapply(settings: ServiceSettings, metadata: MetaData, people: Iterable[UUID]) -> None:
    async with aclosing(Database(settings)) as database:
        for user_id in people:
            async with database.transaction() as db:
                await erase(db, metadata, user_id)


def main(command: str, *services: str) -> None:
    people = set(map(UUID, sys.stdin.read().split())) if command == "reapply" else set()
    for service in services:
        settings = import_module(f"{service}.core.settings").Settings()
        metadata = import_module(f"{service}.models").Base.metadata
        upgrade(settings)  # a backup may be older than the tombstones themselves
        if command == "list":
            sys.stdout.writelines(f"{each}\n" for each in asyncio.run(list_erased(settings, metadata)))
        elif command == "reapply":
            asyncio.run(reapply(settings, metadata, people))
            sys.stdout.write(f"{len(people)} erasures are in force in {service}.\n")
        else:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])

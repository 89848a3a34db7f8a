"""Old rows go, a few at once; young ones and those without a time stay."""

import asyncio
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import SecretStr
from sqlalchemy import Table, text
from sqlalchemy.orm import Mapped, mapped_column

from service_kit.database import Database
from service_kit.models import Model, service_metadata
from service_kit.settings import ServiceSettings
from service_kit.sweeping import older_than
from tests.support.postgres import TestServer


class Settings(ServiceSettings):
    service: ClassVar[str] = "things_service"


class Thing(Model):
    __tablename__ = "things"
    metadata = service_metadata()
    id: Mapped[int] = mapped_column(primary_key=True)
    done_at: Mapped[datetime | None]


FILL = text("INSERT INTO things VALUES (1, now() - interval '8 days'), (2, now() - interval '9 days'), "
            "(3, now() - interval '10 days'), (4, now() - interval '6 days'), (5, NULL)")  # fmt: skip


def test_old_rows_go_a_few_at_once(postgres: TestServer) -> None:
    async def main() -> None:
        database = Database(Settings(database_url=SecretStr(postgres.create_empty_database())))
        table = Thing.__table__
        assert isinstance(table, Table)
        delete = older_than(table.c.done_at, timedelta(days=7))
        async with database.transaction() as db:
            await db.run_sync(Thing.metadata.create_all)
            await db.execute(FILL)
            assert [await delete(db, 2), await delete(db, 2), await delete(db, 2)] == [2, 1, 0]
            assert (await db.execute(text("SELECT id FROM things ORDER BY id"))).scalars().all() == [4, 5]
        await database.engine.dispose()

    asyncio.run(main())

"""Whether a database is what the code expects, asked without Alembic: at most starts it is (migrations.py)."""

from importlib import import_module

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from service_kit.database import Database
from service_kit.privacy import is_guarded
from service_kit.settings import ROOT


async def is_newest(database: Database, service: str) -> bool:
    newest = max((ROOT / service / "migrations" / "versions").glob("0*.py")).name.partition("_")[0]
    async with database.engine.connect() as connection:
        try:
            revision = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
        except ProgrammingError:  # a database that is new has no such table
            return False
        metadata = import_module(f"{service}.models").Base.metadata
        return revision == newest and await connection.run_sync(is_guarded, metadata)

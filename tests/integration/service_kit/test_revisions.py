"""A service's start asks Alembic only where a database is not what the code expects."""

import asyncio
from pathlib import Path
from typing import ClassVar

import psycopg2
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from pydantic import SecretStr

from service_kit.database import Database, driver_url
from service_kit.migrations import alembic_config
from service_kit.revisions import is_newest
from service_kit.settings import ServiceSettings
from tests.support.callers import SERVICES
from tests.support.postgres import TestServer
from tests.support.services import RunningService, RunService

GUARDS = "SELECT count(*) FROM pg_trigger WHERE tgname = 'refuse_erased_user_id'"


class Settings(ServiceSettings):
    service: ClassVar[str] = "things_service"


def asked(service: str, url: str) -> bool:
    async def ask() -> bool:
        database = Database(Settings(database_url=SecretStr(url), pool_size=1))
        try:
            return await is_newest(database, service)
        finally:
            await database.engine.dispose()

    return asyncio.run(ask())


def execute(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_newest_revision_is_the_newest(service: str, postgres: TestServer) -> None:
    url = postgres.create_empty_database()
    assert not asked(service, url)
    config = alembic_config(service, driver_url(url, "psycopg2"))
    # Alembic's own newest, so that a file whose name does not begin with its revision would be found here.
    for revision in reversed(list(ScriptDirectory.from_config(config).walk_revisions())):
        assert not asked(service, url)
        command.upgrade(config, revision.revision)
    assert asked(service, url)
    execute(url, "UPDATE alembic_version SET version_num = '9999'")
    assert not asked(service, url)


def test_a_guard_that_is_gone_comes_back_with_the_next_start(postgres: TestServer, run_service: RunService) -> None:
    url = postgres.create_database("score_service")
    execute(url, "DROP TRIGGER refuse_erased_user_id ON scores")
    assert not asked("score_service", url)
    service = run_service("score_service", url)
    assert service.sql(GUARDS)[0][0] > 1
    assert asked("score_service", url)


def test_a_start_with_nothing_to_migrate_does_without_alembic(postgres: TestServer, run_service: RunService) -> None:
    started, new = run_service("profile_service"), run_service("profile_service", postgres.create_empty_database())
    assert "psycopg2" not in mapped_by(started)
    assert "psycopg2" in mapped_by(new)


def mapped_by(service: RunningService) -> str:
    """The libraries a process has in memory."""
    return Path(f"/proc/{service.process.pid}/maps").read_text()

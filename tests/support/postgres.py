"""One PostgreSQL server for a test run, shared by all its workers; a migrated template per service, and cheap copies.

`TEST_POSTGRES_URL` names a superuser's URL of a server that is already there; otherwise one is started from the wheel.
"""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
import pytest
from filelock import FileLock

from local_stack.postgres import Server, prepare
from tests.support.ports import free_port
from tests.support.run_folder import RUN_DIR, run_dir
from tests.support.waiting import PATIENCE_S, until

if TYPE_CHECKING:
    from sqlalchemy import Executable

    from service_kit.database import Database

# Sessions somebody has opened in this database; PostgreSQL has workers of its own there too.
OTHER_SESSIONS = (
    "pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    " AND pid <> pg_backend_pid()"
)
CUT_OTHER_SESSIONS = f"SELECT pg_terminate_backend(pid) FROM {OTHER_SESSIONS}"  # noqa: S608
# That of whoever waits for a lock that another session holds.
HELD_UP = "wait_event_type = 'Lock'"


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="csb-tests-"))
        folder.chmod(0o711)  # the server's own user must pass through it when the tests run as root
        os.environ[RUN_DIR] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    folder = run_dir()
    port_file = folder / "postgres.port"
    if port_file.exists():
        embedded_server(int(port_file.read_text())).stop()
    shutil.rmtree(folder, ignore_errors=True)


def embedded_server(port: int) -> Server:
    """The run's own server. It forgets on a crash, which no test here minds: faults that do have their own."""
    binaries = Path(os.environ["PG_BIN"]) if "PG_BIN" in os.environ else None
    return prepare(run_dir() / "postgres", port, durable=False, binaries=binaries)


class TestServer:
    """The server of this run. Databases made here carry the run's name, so runs beside each other never meet."""

    __test__ = False

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url
        self._run = run_dir().name.rpartition("-")[2].lower()

    def create_database(self, service: str) -> str:
        """A fresh, migrated database of a service; returns its URL."""
        template = self._template(service)
        name = f"{service}_{self._run}_{uuid4().hex[:8]}"
        self._admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self._url(name)

    def create_empty_database(self) -> str:
        name = f"empty_{self._run}_{uuid4().hex[:8]}"
        self._admin(f'CREATE DATABASE "{name}"')
        return self._url(name)

    def _template(self, service: str) -> str:
        name = f"template_{service}_{self._run}"
        marker = run_dir() / name
        with FileLock(run_dir() / f"{name}.lock"):
            if not marker.exists():
                self._admin(f'CREATE DATABASE "{name}"')
                _migrate(service, self._url(name))
                # A connection to the template, an autovacuum's say, would make copying it fail.
                self._admin(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
                marker.touch()
        return name

    def _url(self, database: str) -> str:
        return urlsplit(self.admin_url)._replace(path=f"/{database}").geturl()

    def _admin(self, statement: str) -> None:
        connection = psycopg2.connect(self.admin_url)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()


def _migrate(service: str, url: str) -> None:
    # Imported here, or every process of every run would pay for it, also where no test needs a database.
    from alembic import command

    from service_kit.database import driver_url
    from service_kit.migrations import alembic_config

    command.upgrade(alembic_config(service, driver_url(url, "psycopg2")), "head")


async def close(database: "Database") -> None:
    """Close a test's own pool, and be done with it when the event loop ends."""
    await database.aclose()
    # SQLAlchemy says good-bye to a broken connection in a task of its own.
    if farewells := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(farewells, timeout=PATIENCE_S)


async def until_found(database: "Database", query: "Executable") -> None:
    """Return once the query, asked beside the connections a test is about, has found something."""

    async def found() -> bool:
        return bool((await database.relaying.execute(query)).all())

    await until(found)


@pytest.fixture(scope="session")
def postgres() -> TestServer:
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        return TestServer(given)
    port_file = run_dir() / "postgres.port"
    with FileLock(run_dir() / "postgres.lock"):
        if not port_file.exists():
            port = free_port()
            embedded_server(port).start()
            port_file.write_text(str(port))
    return TestServer(embedded_server(int(port_file.read_text())).admin_url)

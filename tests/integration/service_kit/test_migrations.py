"""Each service's migrations go up, down and up again under people's data, and end in what its models say."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import MetaData, create_engine, inspect, text

from local_stack.postgres import package
from service_kit.database import driver_url
from service_kit.encryption import cipher, use_keys
from service_kit.migrations import alembic_config
from tests.integration.privacy.lives import FILL, live
from tests.support.callers import SERVICES, Caller
from tests.support.postgres import TestServer
from tests.support.services import FIELD_KEYS, RunService

# Of each table, its columns and its rows, as text.
Contents = Mapping[str, tuple[tuple[str, ...], list[tuple[str | None, ...]]]]


class Migrated:
    """A database, the commands that move it from revision to revision, and what is in it."""

    def __init__(self, service: str, url: str) -> None:
        self.service, self.url = service, url
        self._engine = create_engine(driver_url(url, "psycopg2"))
        use_keys(self._engine.dialect, SecretStr(FIELD_KEYS))
        script = ScriptDirectory.from_config(alembic_config(service, url))
        self.revisions = [each.revision for each in reversed(list(script.walk_revisions()))]

    @contextmanager
    def _moving(self) -> Iterator[Config]:
        with self._engine.begin() as connection:
            yield alembic_config(self.service, self.url, connection)

    def up(self, revision: str = "head") -> None:
        with self._moving() as config:
            command.upgrade(config, revision)

    def down(self, revision: str) -> None:
        with self._moving() as config:
            command.downgrade(config, revision)

    def schema(self) -> list[str]:
        """What pg_dump writes, but for the words of its own that differ from run to run."""
        program = package() / "pginstall" / "bin" / "pg_dump"
        done = subprocess.run(
            [str(program), "--schema-only", "--no-owner", self.url], check=True, capture_output=True, text=True
        )
        return [line for line in done.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]

    def contents(self) -> Contents:
        with self._engine.connect() as connection:
            found = {}
            for table in set(inspect(connection).get_table_names()) - {"alembic_version"}:
                columns = tuple(sorted(each["name"] for each in inspect(connection).get_columns(table)))
                texts = ", ".join(f'"{each}"::text' for each in columns)
                rows = connection.execute(text(f'SELECT {texts} FROM "{table}" ORDER BY 1'))  # noqa: S608
                found[table] = (columns, [tuple(map(_readable, row)) for row in rows])
            return found

    def differences_from(self, metadata: MetaData) -> list[Any]:
        with self._engine.connect() as connection:
            return list(compare_metadata(MigrationContext.configure(connection), metadata))

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture
def migrated(postgres: TestServer) -> Iterator[Callable[..., Migrated]]:
    made: list[Migrated] = []

    def make(service: str, url: str | None = None) -> Migrated:
        made.append(Migrated(service, url or postgres.create_empty_database()))
        return made[-1]

    yield make
    for each in made:
        each.close()


def _readable(value: str | None) -> str | None:
    """What was encrypted, in clear: it is another text each time."""
    return cipher(SecretStr(FIELD_KEYS)).decrypt(value).decode() if value and value.startswith("gAAAA") else value


def lost(before: Contents, after: Contents) -> list[str]:
    """Tables whose rows are other ones, by the columns that are there before and after."""
    changed = []
    for table in before.keys() & after.keys():
        kept = set(before[table][0]) & set(after[table][0])
        then, now = (_only(kept, *each[table]) for each in (before, after))
        if then != now:
            changed.append(table)
    return sorted(changed)


def _only(kept: set[str], columns: tuple[str, ...], rows: list[tuple[str | None, ...]]) -> list[str]:
    places = [columns.index(name) for name in sorted(kept)]
    return sorted(str([row[place] for place in places]) for row in rows)


@pytest.fixture
def seeded(
    run_service: RunService, postgres: TestServer, new_person: Callable[..., Caller],
    service_headers: Callable[..., dict[str, str]], migrated: Callable[..., Migrated],
) -> Callable[[str], Migrated]:  # fmt: skip
    """`seeded("score_service")`: a database with rows that the service itself has written, for two people."""

    def seed(name: str) -> Migrated:
        service = run_service(name)
        for _ in range(2):
            if name in FILL:
                live(service, new_person(), service_headers)
            else:
                body = {"email": f"{new_person().user_id}@example.com", "password": "correct horse battery staple"}
                service.client.post("/auth/signup", json=body).raise_for_status()
                service.client.post("/auth/login", json=body).raise_for_status()
        service.stop()
        return migrated(name, service.database_url)

    return seed


@pytest.mark.parametrize("service", SERVICES)
def test_up_down_and_up_on_seeded_data_leave_no_difference(
    service: str, migrated: Callable[..., Migrated], seeded: Callable[[str], Migrated]
) -> None:
    fresh, used = migrated(service), seeded(service)
    schemas = {}
    for revision in fresh.revisions:
        fresh.up(revision)
        schemas[revision] = fresh.schema()
    whole = used.contents()
    assert sum(len(rows) for _, rows in whole.values()) >= 5
    assert used.schema() == schemas[used.revisions[-1]]
    for revision, before in reversed(list(zip(used.revisions[1:], used.revisions, strict=False))):
        contents = used.contents()
        used.down(before)
        kept = used.contents()
        assert used.schema() == schemas[before], f"{revision} down"
        assert lost(contents, kept) == [], f"{revision} down"
        used.up(revision)
        assert used.schema() == schemas[revision], f"{revision} up again"
        assert lost(kept, used.contents()) == [], f"{revision} up again"
        used.down(before)
    used.down("base")
    assert used.contents() == {}
    used.up()
    assert used.schema() == schemas[used.revisions[-1]]
    assert used.differences_from(metadata_of(service)) == []


def test_the_comparison_of_rows_can_fail(seeded: Callable[[str], Migrated]) -> None:
    used = seeded("profile_service")
    before = used.contents()
    columns, rows = before["profiles"]
    assert len(rows) == 2
    assert lost(before, {**before, "profiles": (columns, rows[1:])}) == ["profiles"]
    assert lost(before, {**before, "profiles": (columns, [tuple("x" for _ in columns), rows[1]])}) == ["profiles"]


def metadata_of(service: str) -> MetaData:
    models = __import__(f"{service}.models", fromlist=["Base"])
    metadata = models.Base.metadata
    assert isinstance(metadata, MetaData)
    return metadata

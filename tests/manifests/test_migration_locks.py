"""What squawk says of the statements that migrations run; what is accepted has its reason."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import create_engine, event

from service_kit.database import driver_url
from service_kit.encryption import use_keys
from service_kit.migrations import LOCK_TIMEOUT, alembic_config
from tests.manifests.conftest import Tools
from tests.support.callers import SERVICES, Keys
from tests.support.postgres import TestServer
from tests.support.services import FIELD_KEYS

ACCEPTED = {
    "prefer-text-field": "a column says how long its text may be, as the wire does; to make it longer takes an instant",
    "prefer-bigint-over-int": "counts, scores and versions of one person; what grows with everybody is a bigint",
    "ban-drop-function": "the kit takes away guards of tables that are not there (service_kit/privacy.py)",
}
# Written before the first release, when nobody's rows could make a lock a long one. A newer migration does better.
ACCEPTED_IN = {
    ("profile_service", "0002"): {"changing-column-type"},
    ("alert_service", "0003"): {"require-concurrent-index-creation"},
    ("alert_service", "0008"): {
        "adding-not-nullable-field", "constraint-missing-not-valid", "disallowed-unique-constraint",
        "require-concurrent-index-deletion",
    },
    ("score_service", "0003"): {"adding-field-with-default"},
    # The version before only sorts by the column that may be null from then on.
    ("user_service", "0010"): {"ban-drop-not-null"},
    # Of promotions there are a few in a year.
    ("score_service", "0011"): {
        "adding-not-nullable-field", "constraint-missing-not-valid", "require-concurrent-index-creation",
        "require-concurrent-index-deletion",
    },
    # Of disputes there are few, and their new column is empty.
    ("score_service", "0014"): {"constraint-missing-not-valid"},
}  # fmt: skip


@contextmanager
def recorded(url: str) -> Iterator[tuple[Any, list[str]]]:
    """A connection's engine, and the statements that define or change tables, as the server gets them."""
    engine, statements = create_engine(driver_url(url, "psycopg2")), []
    use_keys(engine.dialect, SecretStr(FIELD_KEYS))

    def record(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if re.match(r"\s*(CREATE|ALTER|DROP)\b", statement):
            statements.append(statement.strip().rstrip(";") + ";")

    event.listen(engine, "before_cursor_execute", record)
    yield engine, statements
    engine.dispose()


def statements_of(service: str, url: str) -> dict[str, str]:
    """The SQL of each revision, in order."""
    script = ScriptDirectory.from_config(alembic_config(service, url))
    found = {}
    with recorded(url) as (engine, statements):
        for revision in reversed([each.revision for each in script.walk_revisions()]):
            statements.clear()
            with engine.begin() as connection:
                command.upgrade(alembic_config(service, url, connection), revision)
            found[revision] = "\n".join(statements)
    return found


@pytest.fixture
def squawk(tools: Tools, tmp_path: Path) -> Callable[[str], list[dict[str, Any]]]:
    """Findings in one migration's SQL, which runs as the kit runs it: in a transaction that waits for no lock long."""

    def run(sql: str) -> list[dict[str, Any]]:
        file = tmp_path / "migration.sql"
        file.write_text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}';\nSET LOCAL statement_timeout = '3min';\n{sql}\n")
        options = ["--assume-in-transaction", "--pg-version=17", "--reporter=json"]
        done = tools.run("manifests/bin/squawk", *options, str(file))
        return list(json.loads(done.stdout))

    return run


@pytest.mark.parametrize("service", SERVICES)
def test_no_migration_holds_a_lock_that_a_running_service_would_wait_for(
    service: str, postgres: TestServer, squawk: Callable[[str], list[dict[str, Any]]], keys: Keys
) -> None:
    found = {
        (service, revision): {each["rule_name"] for each in squawk(sql)} - ACCEPTED.keys()
        for revision, sql in statements_of(service, postgres.create_empty_database()).items()
    }
    assert {place: rules for place, rules in found.items() if rules} == {
        place: rules for place, rules in ACCEPTED_IN.items() if place[0] == service
    }


def test_a_lock_is_found(squawk: Callable[[str], list[dict[str, Any]]]) -> None:
    rules = {each["rule_name"] for each in squawk("ALTER TABLE scores ALTER COLUMN score TYPE bigint;")}
    assert "changing-column-type" in rules

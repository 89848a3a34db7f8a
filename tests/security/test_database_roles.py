"""S11: no service's role can connect to another service's database, in the stack as `make up` makes it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
import pytest
from sqlalchemy import make_url

from local_stack import postgres
from local_stack.environment import database
from local_stack.layout import SERVICES
from tests.security.campaign import report
from tests.support.stack import Stack

SHARED = ("postgres", "template1")


def url_of(stack: Stack, service: str) -> str:
    """The database as the service itself is told it."""
    name = f"{service.removesuffix('_service').upper()}_DATABASE_URL="
    [line] = [line for line in stack.layout.env_file(service).read_text().splitlines() if line.startswith(name)]
    return line.removeprefix(name)


def connects(stack: Stack, role: str, name: str) -> bool:
    url = make_url(url_of(stack, role)).set(database=name).render_as_string(hide_password=False)
    try:
        psycopg2.connect(url).close()
    except psycopg2.OperationalError as error:
        if "permission denied for database" not in str(error):
            raise
        return False
    return True


def open_doors(stack: Stack) -> set[tuple[str, str]]:
    """Which roles can connect to which databases that are not theirs."""
    names = {*map(database, SERVICES), *SHARED}
    pairs = {(role, name) for role in SERVICES for name in names - {database(role)}}
    return {pair for pair in pairs if connects(stack, *pair)}


@contextmanager
def granted(stack: Stack, role: str, name: str) -> Iterator[None]:
    server = postgres.prepare(stack.layout.postgres_folder, stack.layout.port("postgres"))
    with closing(psycopg2.connect(server.admin_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f'GRANT CONNECT ON DATABASE "{name}" TO "{role}"')
        try:
            yield
        finally:
            cursor.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM "{role}"')


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_connects_to_its_own_database(stack: Stack, service: str) -> None:
    assert connects(stack, service, database(service))


def test_no_role_connects_to_another_s_database(stack: Stack) -> None:
    assert open_doors(stack) == set()
    count = len(SERVICES) * (len(SERVICES) - 1 + len(SHARED))
    report("S11", f"n = {count} pairs of a role and a database that is not its own: 0 connections")


def test_a_grant_too_many_is_noticed(stack: Stack) -> None:
    with granted(stack, "survey_service", "score_db"):
        assert open_doors(stack) == {("survey_service", "score_db")}
    assert open_doors(stack) == set()

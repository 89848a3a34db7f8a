"""Five databases and five roles on one server: each service's role may connect to its own database and to no other."""

from collections.abc import Mapping
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from local_stack.environment import database
from local_stack.layout import SERVICES


def ensure_databases(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Create what is missing and set the roles' passwords to those of the stack's folder."""
    connection = psycopg2.connect(admin_url, connect_timeout=30)
    try:
        # CREATE DATABASE runs in no transaction.
        connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with connection.cursor() as cursor:
            for maintenance in ("postgres", "template1"):
                cursor.execute(_closed_to_public(maintenance))
            for service in SERVICES:
                _ensure_role(cursor, service, passwords[service])
                _ensure_database(cursor, service)
    finally:
        connection.close()


def _ensure_role(cursor: Any, role: str, password: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
    verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
    cursor.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD %s").format(verb, sql.Identifier(role)), (password,))


def _ensure_database(cursor: Any, service: str) -> None:
    name = database(service)
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
    if cursor.fetchone() is None:
        create = sql.SQL("CREATE DATABASE {} OWNER {}")
        cursor.execute(create.format(sql.Identifier(name), sql.Identifier(service)))
    cursor.execute(_closed_to_public(name))


def _closed_to_public(name: str) -> sql.Composed:
    return sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name))

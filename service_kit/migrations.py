"""Alembic, run by each service as it starts: one replica migrates under an advisory lock, the others wait for it.

A service's `migrations/env.py` is one call of `run_migrations`.
"""

from contextlib import nullcontext

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, NullPool, create_engine, text

from service_kit.database import driver_url
from service_kit.encryption import use_keys
from service_kit.privacy import guard
from service_kit.settings import ROOT, ServiceSettings

LOCK_ID = 7_305_221
LOCK_TIMEOUT = "10s"


def alembic_config(service: str, database_url: str, connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / service / "migrations"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["database_url"] = database_url
    config.attributes["connection"] = connection
    return config


def upgrade(settings: ServiceSettings, revision: str = "head") -> None:
    """Bring the database to `revision`. Blocking; a service calls it in a thread before it serves."""
    url = driver_url(settings.database_url.get_secret_value(), "psycopg2")
    engine = create_engine(url, connect_args={"connect_timeout": 3})
    use_keys(engine.dialect, settings.field_keys)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": LOCK_ID})
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            command.upgrade(alembic_config(settings.service, url, connection), revision)
    finally:
        engine.dispose()


def run_migrations(metadata: MetaData) -> None:
    """Called by `env.py`: on the connection that `upgrade` holds, or on one of its own for the alembic command."""
    held, url = context.config.attributes["connection"], context.config.attributes["database_url"]
    with nullcontext(held) if held is not None else create_engine(url, poolclass=NullPool).begin() as connection:
        context.configure(connection=connection, target_metadata=metadata, compare_server_default=True)
        with context.begin_transaction():
            context.run_migrations()
            guard(connection, metadata)

"""Each service's migrations go up, down and up again, and end in what its models say."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from service_kit.database import driver_url
from service_kit.migrations import alembic_config
from tests.support.callers import SERVICES, Keys
from tests.support.postgres import TestServer


@pytest.mark.parametrize("service", SERVICES)
def test_up_down_and_up_leave_no_difference(service: str, postgres: TestServer, keys: Keys) -> None:
    url = driver_url(postgres.create_empty_database(), "psycopg2")
    config = alembic_config(service, url)
    engine = create_engine(url)
    try:
        command.upgrade(config, "head")
        tables = set(inspect(engine).get_table_names())
        command.downgrade(config, "base")
        assert set(inspect(engine).get_table_names()) == {"alembic_version"}
        command.upgrade(config, "head")
        assert set(inspect(engine).get_table_names()) == tables
        assert len(tables) >= 3
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata_of(service)) == []
    finally:
        engine.dispose()


def metadata_of(service: str) -> object:
    models = __import__(f"{service}.models", fromlist=["Base"])
    return models.Base.metadata

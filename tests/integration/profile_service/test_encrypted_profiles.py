"""Profiles are unreadable in the database, go on being readable through a change of keys, and old rows come along."""

import os
from collections.abc import Callable, Iterator
from unittest.mock import patch

import pytest
from alembic import command
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import create_engine, select
from sqlalchemy.exc import StatementError

from profile_service.core.settings import Settings
from profile_service.models import Base, Profile
from service_kit.database import driver_url
from service_kit.encryption import use_keys
from service_kit.migrations import alembic_config, upgrade
from service_kit.reencryption import reencrypt
from tests.integration.profile_service.test_profiles import FULL
from tests.support.callers import Caller, Keys
from tests.support.postgres import TestServer
from tests.support.services import RunningService, RunService, service_env

NewPerson = Callable[..., Caller]
COLUMNS = [*FULL, "phone_e164"]
RAW = f"SELECT {', '.join(COLUMNS)} FROM profiles WHERE user_id = %s"  # noqa: S608 - our own names


def new_key() -> str:
    return Fernet.generate_key().decode()


def settings_of(service: str, keys: Keys, url: str, field_keys: str) -> Settings:
    with patch.dict(os.environ, service_env(service, keys, url, {"FIELD_KEYS": field_keys}), clear=True):
        return Settings()


def test_no_personal_field_is_readable_in_the_database(profile_service: RunningService, new_person: NewPerson) -> None:
    person = new_person()
    sent = profile_service.client.put("/profile/me", json=FULL, headers=person.headers)
    [row] = profile_service.sql(RAW, person.user_id)
    assert len(row) == 7
    assert all(each.startswith("gAAAA") for each in row)
    assert profile_service.client.get("/profile/me", headers=person.headers).json() == sent.json()


def test_an_empty_field_stays_null(profile_service: RunningService, new_person: NewPerson) -> None:
    person = new_person()
    profile_service.client.put("/profile/me", json={"full_name": "An"}, headers=person.headers)
    [row] = profile_service.sql(RAW, person.user_id)
    assert [each is None for each in row] == [False] + [True] * 6


def test_keys_are_changed_while_the_service_runs_and_the_old_one_is_needed_no_more(
    run_service: RunService, new_person: NewPerson, keys: Keys
) -> None:
    old, new, people = new_key(), new_key(), [new_person() for _ in range(3)]
    first = run_service("profile_service", FIELD_KEYS=old)
    for person in people:
        first.client.put("/profile/me", json=FULL, headers=person.headers)
    both = run_service("profile_service", database_url=first.database_url, FIELD_KEYS=f"{new},{old}")
    read = [both.client.get("/profile/me", headers=each.headers).json()["full_name"] for each in people]
    assert read == [FULL["full_name"]] * 3
    before = first.sql(RAW, people[0].user_id)

    settings = settings_of("profile_service", keys, first.database_url, f"{new},{old}")
    assert reencrypt(settings, Base.metadata) == 3
    assert first.sql(RAW, people[0].user_id) != before
    alone = run_service("profile_service", database_url=first.database_url, FIELD_KEYS=new)
    read = [alone.client.get("/profile/me", headers=each.headers).json()["full_name"] for each in people]
    assert read == [FULL["full_name"]] * 3
    refused = first.client.get("/profile/me", headers=people[0].headers)
    assert (refused.status_code, FULL["full_name"] in refused.text) == (500, False), "the old key opens nothing now"


def test_pages_of_rows_are_all_written_anew(
    run_service: RunService, keys: Keys, new_person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service_kit.reencryption.AT_ONCE", 2)
    old, new, people = new_key(), new_key(), [new_person() for _ in range(5)]
    service = run_service("profile_service", FIELD_KEYS=old)
    for person in people:
        service.client.put("/profile/me", json={"full_name": "An"}, headers=person.headers)
    settings = settings_of("profile_service", keys, service.database_url, f"{new},{old}")
    assert reencrypt(settings, Base.metadata) == 5
    names = service.sql("SELECT full_name FROM profiles")
    assert [Fernet(new).decrypt(name) for (name,) in names] == [b"An"] * 5
    with pytest.raises(InvalidToken):
        Fernet(old).decrypt(names[0][0])


@pytest.fixture
def plain_database(postgres: TestServer) -> Iterator[str]:
    """As it was before profiles were encrypted, with one row in it."""
    url = postgres.create_empty_database()
    command.upgrade(alembic_config("profile_service", driver_url(url, "psycopg2")), "0001")
    engine = create_engine(driver_url(url, "psycopg2"))
    with engine.begin() as db:
        db.exec_driver_sql(
            "INSERT INTO profiles (user_id, full_name, date_of_birth) VALUES (gen_random_uuid(), 'An', '1990-05-17')"
        )
    yield url
    engine.dispose()


def test_rows_from_before_are_encrypted_by_the_migration(plain_database: str, keys: Keys) -> None:
    settings = settings_of("profile_service", keys, plain_database, new_key())
    upgrade(settings)
    engine = create_engine(driver_url(plain_database, "psycopg2"))
    use_keys(engine.dialect, settings.field_keys)
    with engine.connect() as db:
        stored = db.exec_driver_sql("SELECT full_name, date_of_birth, email FROM profiles").one()
        read = db.execute(select(Profile.full_name, Profile.date_of_birth, Profile.email)).one()
    engine.dispose()
    assert stored.full_name.startswith("gAAAA")
    assert stored.date_of_birth.startswith("gAAAA")
    assert (read.full_name, read.date_of_birth.isoformat(), read.email) == ("An", "1990-05-17", None)


def test_without_keys_nothing_is_stored_in_the_clear(plain_database: str) -> None:
    engine = create_engine(driver_url(plain_database, "psycopg2"))
    use_keys(engine.dialect, None)
    with engine.connect() as db, pytest.raises(StatementError, match="FIELD_KEYS"):
        db.execute(Profile.__table__.insert(), {"user_id": "0193b1f0-c2d4-7e0f-9a5b-000000000001", "full_name": "An"})
    engine.dispose()


@pytest.mark.parametrize("bad", ["", "changeme", "abc,def", f"{'A' * 43}=,", "a" * 44])
def test_keys_that_are_none_stop_the_start_without_being_repeated(keys: Keys, bad: str) -> None:
    with pytest.raises(ValueError, match="field_keys") as refused:
        settings_of("profile_service", keys, "postgresql://nobody@127.0.0.1/none", bad)
    assert not bad or bad not in str(refused.value)

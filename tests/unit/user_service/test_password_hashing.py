"""The hashing threads: the same work for everybody, and no more waiting than there is room for."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from service_kit.problems import Unavailable
from user_service.core.hashing import PasswordHasher
from user_service.core.settings import Settings

PASSWORD = "rice-paper-lantern"


def cheap_settings(**changes: Any) -> Settings:
    return Settings(
        USER_DATABASE_URL=SecretStr("postgresql://somebody@127.0.0.1/users"),
        refresh_key=SecretStr("ab" * 32),
        field_keys=SecretStr("A" * 43 + "="),
        signing_key_file=Path("people.pem"),
        app_url="http://localhost",
        alert_service_url="http://localhost",
        smtp_url=SecretStr("smtp://127.0.0.1"),
        mail_from="no-reply@example.com",
        profile_service_url="http://localhost",
        survey_service_url="http://localhost",
        score_service_url="http://localhost",
        **{"argon2_memory_kib": 256, "argon2_rounds": 1, "hashing_threads": 1, "hashing_queue_max": 2, **changes},
    )


@pytest.fixture
def hasher() -> Iterator[PasswordHasher]:
    made = PasswordHasher(cheap_settings())
    yield made
    made.close()


class Counting:
    """Passlib's hash, noting what it verifies."""

    def __init__(self, scheme: Any) -> None:
        self.scheme, self.verified = scheme, list[str]()

    def verify(self, password: str, stored: str) -> bool:
        self.verified.append(stored)
        return bool(self.scheme.verify(password, stored))


def test_a_password_fits_its_own_hash_only(hasher: PasswordHasher) -> None:
    stored = asyncio.run(hasher.hash(PASSWORD))
    assert stored.startswith("$argon2id$v=19$m=256,t=1,p=1$")
    assert asyncio.run(hasher.verify(PASSWORD, stored))
    assert not asyncio.run(hasher.verify(PASSWORD + "!", stored))
    assert not asyncio.run(hasher.verify(PASSWORD, None))


def test_without_a_stored_hash_one_of_the_same_parameters_is_verified(
    hasher: PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting(hasher._scheme)
    monkeypatch.setattr(hasher, "_scheme", counting)
    assert not asyncio.run(hasher.verify(PASSWORD, None))
    (nobodys,) = counting.verified
    assert nobodys.startswith("$argon2id$v=19$m=256,t=1,p=1$")


def test_a_hash_of_other_parameters_is_outdated(hasher: PasswordHasher) -> None:
    stronger = PasswordHasher(cheap_settings(argon2_rounds=2))
    stored = asyncio.run(stronger.hash(PASSWORD))
    stronger.close()
    assert hasher.is_outdated(stored)
    assert not hasher.is_outdated(asyncio.run(hasher.hash(PASSWORD)))


def test_what_does_not_fit_into_the_queue_is_refused_at_once_and_room_comes_back(hasher: PasswordHasher) -> None:
    async def storm() -> list[Any]:
        return await asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(10)), return_exceptions=True)

    for _ in range(2):
        outcomes = asyncio.run(storm())
        assert [isinstance(each, Unavailable) for each in outcomes] == [False] * 3 + [True] * 7

"""`X-User-Id` works by hand on the machine itself, for the profile service alone, and in no other way."""

from collections.abc import Callable

import pytest
from uuid_utils.compat import uuid7

from tests.support.callers import Caller
from tests.support.services import NOWHERE, RunningService, RunService


@pytest.fixture(scope="module")
def direct(module_services: RunService) -> RunningService:
    return module_services("profile_service", USER_ID_HEADER="true")


def test_it_names_the_person_when_called_by_hand(direct: RunningService) -> None:
    headers = {"X-User-Id": str(uuid7()), "Host": "localhost:8003"}
    assert direct.client.put("/profile/me", json={"full_name": "An"}, headers=headers).status_code == 200
    assert direct.client.get("/profile/me", headers=headers).json()["full_name"] == "An"


@pytest.mark.parametrize(
    "spoiler",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Proto": "http"},
        {"X-Forwarded-Host": "localhost"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 kong"},
        {"Host": "attacker.example"},
        {"Host": "localhost.attacker.example:8003"},
        {"Cookie": "anything=1"},
        {"Authorization": "Bearer not-a-token"},
        {"X-User-Id": "admin"},
        {"X-User-Id": ""},
    ],
)
def test_anything_that_smells_of_a_proxy_or_a_browser_refuses_it(
    direct: RunningService, spoiler: dict[str, str]
) -> None:
    headers = {"X-User-Id": str(uuid7()), "Host": "localhost:8003", **spoiler}
    assert direct.client.get("/preferences/me", headers=headers).status_code == 401


def test_two_of_them_are_none(direct: RunningService) -> None:
    headers = [("X-User-Id", str(uuid7())), ("X-User-Id", str(uuid7())), ("Host", "localhost")]
    assert direct.client.get("/preferences/me", headers=headers).status_code == 401


def test_a_token_beside_it_wins(direct: RunningService, new_person: Callable[..., Caller]) -> None:
    person = new_person()
    headers = {**person.headers, "X-User-Id": str(uuid7()), "Host": "localhost:8003"}
    answer = direct.client.put("/profile/me", json={"full_name": "Mine"}, headers=headers)
    assert answer.json()["user_id"] == str(person.user_id)


def test_production_does_not_know_it(run_service: RunService) -> None:
    environment = {"ENVIRONMENT": "production", "USER_SERVICE_URL": NOWHERE}
    production = run_service("profile_service", USER_ID_HEADER="true", **environment)
    headers = {"X-User-Id": str(uuid7()), "Host": "localhost:8003"}
    assert production.client.get("/preferences/me", headers=headers).status_code == 401

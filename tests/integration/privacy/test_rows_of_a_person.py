"""`/internal/privacy` of each service: all of a person is handed over, all is erased, and nothing comes back."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg2
import pytest
from uuid_utils.compat import uuid7

from tests.integration.alert_service.scored_person import score_update
from tests.integration.privacy.lives import EXPECTED, ServiceHeaders, live, new_key, rows_with
from tests.integration.score_service.borrower import FEATURES
from tests.support.callers import SERVICES, Caller, Keys
from tests.support.services import ROOT, RunningService, RunService, service_env
from tests.support.waiting import eventually, patiently

NewPerson = Callable[..., Caller]
HOLDERS = [each for each in SERVICES if each != "user_service"]


@pytest.fixture(params=HOLDERS)
def holder(request: pytest.FixtureRequest) -> RunningService:
    service: RunningService = request.getfixturevalue(request.param)
    return service


@pytest.fixture
def person(holder: RunningService, new_person: NewPerson, service_headers: ServiceHeaders) -> Caller:
    """Somebody who has left rows behind."""
    person = new_person()
    live(holder, person, service_headers)
    return person


@pytest.fixture
def accounts(holder: RunningService, service_headers: ServiceHeaders) -> dict[str, str]:
    return service_headers("user_service", holder.name)


def place(user_id: Any) -> str:
    return f"/internal/privacy/{user_id}"


def erase(service: RunningService, user_id: UUID, headers: dict[str, str]) -> None:
    answer = patiently(lambda: service.client.delete(place(user_id), headers=headers))
    assert answer.status_code == 204, answer.text


def test_an_export_holds_every_row_of_the_person_and_of_nobody_else(
    holder: RunningService,
    person: Caller,
    accounts: dict[str, str],
    new_person: NewPerson,
    service_headers: ServiceHeaders,
) -> None:
    other = new_person()
    live(holder, other, service_headers)
    answer = holder.client.get(place(person.user_id), headers=accounts)
    assert answer.status_code == 200
    counted = {table: len(rows) for table, rows in answer.json().items() if rows}
    assert EXPECTED[holder.name].items() <= counted.items()
    assert str(other.user_id) not in answer.text
    assert "gAAAA" not in answer.text, "what is stored encrypted is handed over readable"


def test_an_export_of_somebody_unknown_is_empty(holder: RunningService, accounts: dict[str, str]) -> None:
    answer = holder.client.get(place(uuid7()), headers=accounts)
    assert (answer.status_code, [rows for rows in answer.json().values() if rows]) == (200, [])


def test_after_an_erasure_only_the_tombstone_names_the_person(
    holder: RunningService,
    person: Caller,
    accounts: dict[str, str],
    new_person: NewPerson,
    service_headers: ServiceHeaders,
) -> None:
    other = new_person()
    live(holder, other, service_headers)
    before = rows_with(holder, other.user_id)
    assert rows_with(holder, person.user_id)
    erase(holder, person.user_id, accounts)
    assert rows_with(holder, person.user_id) == {"tombstones": 1}
    erase(holder, person.user_id, accounts)
    assert rows_with(holder, person.user_id) == {"tombstones": 1}, "a second erasure changes nothing"
    assert rows_with(holder, other.user_id) == before


def test_nobody_but_the_user_service_may_ask(
    holder: RunningService, person: Caller, new_person: NewPerson, service_headers: ServiceHeaders
) -> None:
    others = [service_headers(name, holder.name) for name in SERVICES if name not in {"user_service", holder.name}]
    misdirected = service_headers("user_service", "some_service")
    for headers in ({}, person.headers, new_person("admin").headers, misdirected, *others):
        for method in ("GET", "DELETE"):
            answer = holder.client.request(method, place(person.user_id), headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert "tombstones" not in rows_with(holder, person.user_id)


def test_an_id_that_is_none_is_refused(holder: RunningService, accounts: dict[str, str]) -> None:
    assert holder.client.delete(place("x"), headers=accounts).status_code == 422


def test_a_request_still_on_its_way_brings_nothing_back(
    holder: RunningService, person: Caller, accounts: dict[str, str], service_headers: ServiceHeaders
) -> None:
    erase(holder, person.user_id, accounts)
    with pytest.raises(httpx.HTTPStatusError) as refused:
        live(holder, person, service_headers)
    assert (refused.value.response.status_code, refused.value.response.json()["code"]) == (410, "person_erased")
    assert rows_with(holder, person.user_id) == {"tombstones": 1}


def test_a_score_update_delivered_after_the_erasure_is_gone(
    alert_service: RunningService, new_person: NewPerson, service_headers: ServiceHeaders
) -> None:
    person = new_person()
    live(alert_service, person, service_headers)
    erase(alert_service, person.user_id, service_headers("user_service", "alert_service"))
    late = alert_service.client.post(
        "/score-updates",
        json=score_update(person.user_id, 2, 810, 600),
        headers=service_headers("score_service", "alert_service"),
    )
    assert (late.status_code, late.json()["code"]) == (410, "person_erased")
    assert rows_with(alert_service, person.user_id) == {"tombstones": 1}


def test_answers_given_to_administrators_go_with_the_person_they_are_about(
    score_service: RunningService, new_person: NewPerson, service_headers: ServiceHeaders
) -> None:
    person, admin = new_person(), new_person("admin")
    ends = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    override = {"user_id": str(person.user_id), "score": 700, "reason": "Two were mixed up.", "expires_at": ends}
    scored = {"features": FEATURES}
    for path, body in ((f"/scores/{person.user_id}/calculate", scored), ("/scores/admin/overrides", override)):
        headers = {**admin.headers, **new_key()}
        assert score_service.client.post(path, json=body, headers=headers).is_success
    assert rows_with(score_service, person.user_id)["idempotency_keys"] == 2
    erase(score_service, person.user_id, service_headers("user_service", "score_service"))
    assert rows_with(score_service, person.user_id) == {"tombstones": 1}
    again = score_service.client.post(f"/scores/{person.user_id}/calculate", json=scored, headers=headers)
    assert (again.status_code, again.json()["code"]) == (410, "person_erased"), "nor is one given anew"


def test_an_answer_that_hung_on_nobody_would_be_found(
    score_service: RunningService, new_person: NewPerson, service_headers: ServiceHeaders
) -> None:
    person = new_person()
    live(score_service, person, service_headers)
    score_service.sql("UPDATE idempotency_keys SET user_id = NULL WHERE user_id = %s", person.user_id)
    erase(score_service, person.user_id, service_headers("user_service", "score_service"))
    assert "idempotency_keys" in rows_with(score_service, person.user_id)


def test_writes_that_race_an_erasure_leave_nothing_behind(
    score_service: RunningService, new_person: NewPerson, service_headers: ServiceHeaders
) -> None:
    accounts = service_headers("user_service", "score_service")

    def calculate(person: Caller) -> int:
        body = {"features": FEATURES}
        return score_service.client.post("/scores/me/calculate", json=body, headers=person.headers).status_code

    statuses = set()
    for _ in range(10):
        person = new_person()
        with ThreadPoolExecutor(9) as pool:
            writes = [pool.submit(calculate, person) for _ in range(4)]
            erasure = pool.submit(erase, score_service, person.user_id, accounts)
            writes += [pool.submit(calculate, person) for _ in range(4)]
            erasure.result()
            statuses |= {write.result() for write in writes}
        assert rows_with(score_service, person.user_id) == {"tombstones": 1}
    assert statuses <= {200, 410, 503}


def test_an_erasure_waits_for_the_transaction_that_was_there_first(
    profile_service: RunningService, new_person: NewPerson, service_headers: ServiceHeaders
) -> None:
    """The race made certain: a row is written but not committed when the erasure comes."""
    person = new_person()
    headers = service_headers("user_service", "profile_service")
    with psycopg2.connect(profile_service.database_url) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO profiles (user_id) VALUES (%s)", [str(person.user_id)])
        with ThreadPoolExecutor(1) as pool:
            erasure = pool.submit(erase, profile_service, person.user_id, headers)
            profile_service.wait_until_one_is_held_up()
            assert not erasure.done()
            connection.commit()
            erasure.result()
    connection.close()
    assert rows_with(profile_service, person.user_id) == {"tombstones": 1}


def test_what_a_restored_backup_brought_past_the_guards_is_swept(
    run_service: RunService, new_person: NewPerson, service_headers: ServiceHeaders
) -> None:
    service, person, other = run_service("profile_service"), new_person(), new_person()
    erase(service, person.user_id, service_headers("user_service", "profile_service"))
    without_guard = "ALTER TABLE profiles DISABLE TRIGGER USER; INSERT INTO profiles (user_id) VALUES (%s), (%s)"
    service.sql(without_guard, person.user_id, other.user_id)
    assert rows_with(service, person.user_id) == {"tombstones": 1, "profiles": 1}, "the guard is what refuses"
    service.stop()
    service.start()
    eventually(lambda: "profiles" not in rows_with(service, person.user_id))
    assert rows_with(service, person.user_id) == {"tombstones": 1}
    assert rows_with(service, other.user_id) == {"profiles": 1}


def test_erasures_are_applied_again_to_a_backup_that_knows_nothing_of_them(
    run_service: RunService, new_person: NewPerson, service_headers: ServiceHeaders, keys: Keys
) -> None:
    service, people = run_service("score_service"), [new_person() for _ in range(3)]
    erased, spared = people[:2], people[2]
    for person in people:
        live(service, person, service_headers)
    for person in erased:
        erase(service, person.user_id, service_headers("user_service", "score_service"))
    listed = erasures("list", service, keys)
    assert sorted(listed.split()) == sorted(str(each.user_id) for each in erased)

    restored = run_service("score_service")
    for person in people:
        live(restored, person, service_headers)
    assert erasures("reapply", restored, keys, listed) == "2 erasures are in force in score_service.\n"
    assert [rows_with(restored, each.user_id) for each in erased] == [{"tombstones": 1}] * 2
    assert rows_with(restored, spared.user_id)["scores"] == 1


def erasures(command: str, service: RunningService, keys: Keys, given: str = "") -> str:
    """What an operator types, with what is piped into it; returns what it prints."""
    ran = subprocess.run(
        [sys.executable, "-m", "service_kit.erasures", command, service.name],
        cwd=ROOT, env=service_env(service.name, keys, service.database_url, {}), input=given,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout

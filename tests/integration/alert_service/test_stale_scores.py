"""People are told that their score has grown old: once of each score, however many replicas look."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest

from tests.integration.alert_service.scored_person import ScoredPerson
from tests.support.callers import Caller
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually

PEOPLE = 450
REPLICAS = 3
ANYBODY_OLD = (
    "INSERT INTO milestone_states (user_id, score_version, score, calculated_at)"
    " SELECT gen_random_uuid(), 1, 600, '2020-01-01Z'"
)


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def stale(person: ScoredPerson) -> list[dict[str, Any]]:
    return [alert for alert in person.get("/alerts/me").json() if alert["kind"] == "score_stale"]


def look_again(service: RunningService) -> None:
    """The service looks as it starts. It has looked at everybody once it has told somebody who was put there."""
    service.stop()
    service.sql(f"{ANYBODY_OLD} FROM generate_series(1, 1)")
    service.start()
    eventually(lambda: not unseen(service))


def unseen(service: RunningService) -> int:
    query = "SELECT count(*) FROM milestone_states WHERE NOT stale_told AND calculated_at < now() - interval '90 days'"
    return int(service.sql(query)[0][0])


@pytest.fixture
def new_here(
    run_service: RunService, new_person: Callable[..., Caller], service_headers: Callable[..., dict[str, str]]
) -> Callable[[], ScoredPerson]:
    service = run_service("alert_service")
    headers = service_headers("score_service", "alert_service")
    return lambda: ScoredPerson(service, new_person(), headers)


def test_an_old_score_is_told_once_and_a_new_one_starts_anew(new_here: Callable[[], ScoredPerson]) -> None:
    old, young, renewed = new_here(), new_here(), new_here()
    old.report(old.update(652, calculated_at=days_ago(90.01)))
    young.report(young.update(652, calculated_at=days_ago(89.99)))
    renewed.report(renewed.update(600, calculated_at=days_ago(200)))
    renewed.report(renewed.update(610, calculated_at=days_ago(1)))
    for _ in range(2):
        look_again(old.service)
        [alert] = stale(old)
        assert stale(young) == stale(renewed) == []
    assert (alert["type"], alert["severity"], alert["score"]) == ("reminder", "low", 652)
    assert alert["title"] == "Your score has grown old"
    assert alert["message"].startswith("Your score of 652 is more than 90 days old.")
    assert alert["dedupe_key"] == f"score_stale:{old.user_id}:1"
    assert [each["id"] for each in old.get("/alerts/me", type="reminder").json()] == [alert["id"]]
    old.report(old.update(660, calculated_at=days_ago(91)))
    look_again(old.service)
    assert [each["dedupe_key"][-2:] for each in stale(old)] == [":2", ":1"]


def test_a_late_version_neither_renews_nor_ages_a_score(new_here: Callable[[], ScoredPerson]) -> None:
    person = new_here()
    first, second = person.update(600, calculated_at=days_ago(300)), person.update(610, calculated_at=days_ago(1))
    person.report(second)
    person.report(first)
    look_again(person.service)
    assert stale(person) == []


def test_replicas_that_look_at_once_tell_everybody_once(
    new_here: Callable[[], ScoredPerson], run_service: RunService
) -> None:
    service = new_here().service
    service.stop()
    service.sql(
        f"{ANYBODY_OLD} FROM generate_series(1, %s)",
        PEOPLE,
    )
    with ThreadPoolExecutor(REPLICAS) as pool:
        replicas = list(pool.map(lambda _: run_service("alert_service", service.database_url), range(REPLICAS)))
    eventually(lambda: not unseen(service))
    assert service.sql("SELECT count(*), count(DISTINCT user_id) FROM alerts") == [(PEOPLE, PEOPLE)]
    assert all("background_task_died" not in replica.log for replica in replicas)


def test_who_is_locked_by_a_new_score_is_passed_over_and_not_told_of_the_old_one(
    new_here: Callable[[], ScoredPerson],
) -> None:
    person, other = new_here(), new_here()
    for each in (person, other):
        each.report(each.update(600, calculated_at=days_ago(100)))
    with psycopg2.connect(person.service.database_url) as scoring:
        cursor = scoring.cursor()
        cursor.execute(
            "UPDATE milestone_states SET score_version = 2, calculated_at = now() WHERE user_id = %s",
            [str(person.user_id)],
        )
        person.service.stop()
        person.service.start()
        eventually(lambda: stale(other))
        assert len(stale(other)) == 1
    scoring.close()
    look_again(person.service)
    assert stale(person) == []

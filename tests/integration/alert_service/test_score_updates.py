"""How score updates are taken in: once each, in the order of their versions, one person's after each other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest
from uuid_utils.compat import uuid4

from tests.integration.alert_service.scored_person import NewScoredPerson, ScoredPerson, score_update
from tests.support.services import RunningService
from tests.support.waiting import PATIENCE_S, patiently

PATHS = ("/score-updates", "/alerts/on-score-updated")
TABLES = ("alerts", "milestones", "milestone_states", "score_updates")


def kinds(alerts: list[dict[str, Any]]) -> list[str]:
    return [alert["kind"] for alert in alerts]


@pytest.mark.parametrize("path", PATHS)
def test_a_first_score_is_told_with_its_values_and_reasons(person: ScoredPerson, path: str) -> None:
    reasons = [{"code": "utilisation_high", "text": "Your cards are almost full", "points": 31}, "Thin file."]
    answer = person.report(person.update(652, reasons=reasons), path)
    assert answer.status_code == 200, answer.text
    (alert,) = answer.json()
    update = person.get("/score-updates/me").json()["items"][0]
    assert alert.pop("id") > 0
    assert alert.pop("created_at") == alert.pop("timestamp") == update["received_at"]
    assert alert == {
        "user_id": str(person.user_id),
        "type": "milestone",
        "kind": "first_score",
        "title": "Your first score is here",
        "message": "Your credit score is 652, which is fair. What costs it most points: Your cards are almost full.",
        "severity": "info",
        "is_read": False,
        "read": False,
        "score": 652,
        "previous_score": None,
        "reasons": reasons,
        "dedupe_key": f"first_score:{update['event_id']}",
    }


def test_a_rise_over_a_threshold_is_told_as_all_it_is_the_most_important_last(person: ScoredPerson) -> None:
    alerts = person.scored(600, 625, 640, 745)
    assert kinds(alerts) == ["rise_streak", "personal_best", "big_rise", "threshold_up"]
    assert [alert["title"] for alert in alerts[2:]] == ["Your score rose by 105 points", "You reached 740"]
    assert alerts[3]["message"] == "Your score rose from 640 to 745 and passed 740. It is now very good."
    assert {(alert["previous_score"], alert["score"]) for alert in alerts} == {(640, 745)}


def test_a_fall_is_a_warning(person: ScoredPerson) -> None:
    alerts = person.scored(690, 650)
    assert [(each["kind"], each["type"], each["severity"]) for each in alerts] == [
        ("big_drop", "score_change", "high"),
        ("threshold_down", "score_change", "medium"),
    ]


def test_a_change_that_is_no_milestone_makes_no_alert(person: ScoredPerson) -> None:
    assert person.scored(640, 637) == []
    assert person.count("score_updates") == 2


def test_the_same_event_twenty_times_at_once_has_one_effect_and_one_answer(person: ScoredPerson) -> None:
    person.scored(600)
    update = person.update(690)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda place: patiently(lambda: person.report(update, PATHS[place % 2])), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert kinds(answers[0].json()) == ["personal_best", "big_rise", "threshold_up"]
    assert len({answer.text for answer in answers}) == 1
    assert (person.count("alerts"), person.count("score_updates")) == (4, 2)


def test_an_event_repeated_much_later_is_answered_as_the_first_time(person: ScoredPerson) -> None:
    update = person.update(690)
    first = person.report(update).json()
    person.scored(720, 600)
    assert person.report(update).json() == first
    assert person.get("/milestones/me").json()["current_score"] == 600


def test_a_late_version_is_kept_but_neither_told_nor_believed(person: ScoredPerson) -> None:
    first, second, third = person.update(600), person.update(840), person.update(610)
    person.report(first)
    assert kinds(person.report(third).json()) == ["personal_best"]
    before = person.get("/milestones/me").json()
    assert person.report(second).json() == []
    assert person.get("/milestones/me").json() == before
    assert [each["score_version"] for each in person.get("/score-updates/me").json()["items"]] == [2, 3, 1]


def test_a_second_event_of_a_version_is_late_too(person: ScoredPerson) -> None:
    person.scored(600)
    assert person.report(score_update(person.user_id, 1, 850)).json() == []
    assert person.get("/milestones/me").json()["best_score"] == 600


def test_different_events_of_one_person_at_once_are_taken_one_after_the_other(person: ScoredPerson) -> None:
    updates = [person.update(score) for score in range(500, 800, 15)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda update: patiently(lambda: person.report(update)), reversed(updates)))
    assert {answer.status_code for answer in answers} == {200}
    told = [kind for answer in answers for kind in kinds(answer.json())]
    assert told.count("first_score") == 1
    assert told.count("threshold_up") <= 3
    milestones = person.get("/milestones/me").json()
    assert (milestones["current_score"], milestones["best_score"]) == (785, 785)
    assert [each["threshold"] for each in milestones["reached"]] == [580, 670, 740]
    assert person.count("score_updates") == 20


def test_an_event_waits_for_the_one_before_of_the_same_person_and_for_nobody_else(
    person: ScoredPerson, new_scored_person: NewScoredPerson
) -> None:
    person.scored(600)
    update, somebody_else = person.update(690, score_version=3), new_scored_person()
    with ThreadPoolExecutor(1) as pool, psycopg2.connect(person.service.database_url) as before:
        cursor, user_id = before.cursor(), str(person.user_id)
        cursor.execute("SELECT 1 FROM milestone_states WHERE user_id = %s FOR UPDATE", [user_id])
        waiting = pool.submit(patiently, lambda: person.report(update))
        person.service.wait_until_one_is_held_up()
        assert kinds(somebody_else.scored(700)) == ["first_score"]
        assert not waiting.done()
        # What held the row was version 2: 685 points, with 670 reached and told.
        cursor.execute(
            "UPDATE milestone_states SET score_version = 2, score = 685, held = 670, best = 685, best_told = 685 "
            "WHERE user_id = %s",
            [user_id],
        )
        before.commit()
        assert kinds(waiting.result(PATIENCE_S).json()) == ["personal_best"]
    before.close()


def test_an_event_that_fails_half_way_leaves_nothing_and_can_be_sent_again(person: ScoredPerson) -> None:
    person.scored(600)
    update = person.update(690)
    key = f"threshold_up:{update['event_id']}"
    person.service.sql(
        "INSERT INTO alerts (user_id, dedupe_key, kind, values, reasons) VALUES (%s, %s, 'threshold_up', '{}', '[]')",
        uuid4(),
        key,
    )
    before = [person.count(table) for table in TABLES]
    failed = person.report(update)
    assert (failed.status_code, failed.json()["code"]) == (409, "alert_exists")
    assert [person.count(table) for table in TABLES] == before
    person.service.sql("DELETE FROM alerts WHERE dedupe_key = %s", key)
    assert kinds(person.report(update).json()) == ["personal_best", "big_rise", "threshold_up"]


BAD: list[dict[str, Any]] = [
    {"event_id": "7"},
    {"event_id": None},
    {"user_id": "me"},
    {"new_score": 299},
    {"new_score": 851},
    {"new_score": 600.5},
    {"new_score": None},
    {"old_score": 0},
    {"band": "great"},
    {"category": "good"},
    {"model_version": ""},
    {"model_version": "m" * 101},
    {"model_version": "m\x00"},
    {"score_version": 0},
    {"score_version": 2**31},
    {"reasons": None},
    {"reasons": "late payments"},
    {"reasons": ["late"] * 21},
    {"reasons": ["a\x00"]},
    {"reasons": ["a" * 2001]},
    {"reasons": [{"code": "a", "more": {"deeper": 1}}]},
    {"calculated_at": "yesterday"},
    {"calculated_at": "2026-03-01T09:30:00"},
    {"calculated_at": "0001-01-01T00:00:00+14:00"},
]


@pytest.mark.parametrize("change", BAD, ids=lambda change: str(change)[:40])
def test_a_malformed_update_is_refused_by_field_and_changes_nothing(
    person: ScoredPerson, change: dict[str, Any]
) -> None:
    answer = person.report(person.update(600, **change))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    pointers = {error["pointer"].split("/")[1] for error in answer.json()["errors"]}
    assert pointers == set(change)
    assert [person.count(table) for table in TABLES] == [0, 0, 0, 0]


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{", b'"score"', b"[" * 50_000, b'{"reasons": ["\\ud800"]}'])
def test_what_is_no_update_at_all_is_refused(person: ScoredPerson, raw: bytes) -> None:
    headers = {**person.score_service, "content-type": "application/json"}
    answer = person.service.client.post("/score-updates", content=raw, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_request")


def test_fields_of_a_later_day_are_passed_over(person: ScoredPerson) -> None:
    assert person.report(person.update(600, confidence=0.9)).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_only_the_score_service_may_report(
    person: ScoredPerson, path: str, service_headers: Callable[..., dict[str, str]], new_admin: Callable[..., Any]
) -> None:
    foreign: list[dict[str, str]] = [
        {},
        person.caller.headers,
        new_admin().headers,
        service_headers("profile_service", "alert_service"),
        service_headers("score_service", "survey_service"),
        service_headers("score_service", "alert_service", sub="user_service"),
        service_headers("score_service", "alert_service", exp=1),
        service_headers("score_service", "alert_service", iat=2**33),
        {"X-User-Id": str(person.user_id)},
    ]
    for headers in foreign:
        answer = person.service.client.post(path, json=person.update(600), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert person.count("score_updates") == 0


def test_who_may_not_report_does_not_learn_what_a_report_looks_like(alert_service: RunningService) -> None:
    answer = alert_service.client.post("/score-updates", json={})
    assert answer.status_code == 401
    assert "errors" not in answer.json()

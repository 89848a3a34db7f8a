"""How people read and tidy their alerts, and nobody else's."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from tests.integration.alert_service.scored_person import NewScoredPerson, ScoredPerson
from tests.support.callers import Caller

# 12 alerts: a first score, then rises and falls over 670 by 50 points, of which the first is a best.
SWINGS = (640, 690, 640, 690, 640, 690)


def ids(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [alert["id"] for alert in answer.json()]


@pytest.fixture
def swinging(person: ScoredPerson) -> ScoredPerson:
    person.scored(*SWINGS)
    return person


def test_before_the_first_score_there_is_an_empty_list(person: ScoredPerson) -> None:
    answer = person.get("/alerts/me")
    assert (answer.status_code, answer.json()) == (200, [])
    assert "link" not in answer.headers
    assert person.get("/alerts/me/unread-count").json() == {"unread": 0}


def test_alerts_come_newest_first_under_ones_id_and_under_me(swinging: ScoredPerson) -> None:
    alerts = swinging.get("/alerts/me").json()
    assert swinging.get(f"/alerts/{swinging.user_id}").json() == alerts
    assert [alert["id"] for alert in alerts] == sorted((alert["id"] for alert in alerts), reverse=True)
    assert (alerts[0]["kind"], alerts[-1]["kind"]) == ("threshold_up", "first_score")
    assert all(datetime.fromisoformat(alert["created_at"]).tzinfo for alert in alerts)


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_the_link_to_more_leads_through_all_alerts_behind_any_prefix(swinging: ScoredPerson, prefix: str) -> None:
    everything = ids(swinging.get("/alerts/me", limit=100))
    seen: list[int] = []
    pages = 0
    url: str | None = f"http://gateway{prefix}/alerts/me?limit=5&unread=true"
    while url:
        answer = swinging.get(url.removeprefix(f"http://gateway{prefix}"))
        seen += ids(answer)
        pages += 1
        following = answer.links.get("next")
        url = urljoin(url, following["url"]) if following else None
        assert url is None or url.startswith(f"http://gateway{prefix}/alerts/me?limit=5&unread=true&cursor=")
    assert seen == everything
    assert (len(everything), pages) == (12, 3)


def test_a_page_that_ends_with_the_last_alert_names_no_next(swinging: ScoredPerson) -> None:
    assert "link" not in swinging.get("/alerts/me", limit=12).headers
    assert 'rel="next"' in swinging.get("/alerts/me", limit=11).headers["link"]


def test_alerts_that_come_while_paging_shift_nothing(swinging: ScoredPerson) -> None:
    first = swinging.get("/alerts/me", limit=5)
    older = ids(swinging.get("/alerts/me", limit=100))[5:]
    swinging.scored(640)
    assert ids(swinging.get(f"/alerts/me{first.links['next']['url']}")) == older[:5]


def test_type_and_severity_and_unread_narrow_the_list(swinging: ScoredPerson) -> None:
    def kinds(**params: Any) -> set[str]:
        return {alert["kind"] for alert in swinging.get("/alerts/me", limit=100, **params).json()}

    assert kinds(type="milestone") == {"first_score", "threshold_up", "personal_best"}
    assert kinds(type="score_change") == {"big_rise", "big_drop", "threshold_down"}
    assert kinds(severity="high") == {"big_drop"}
    assert kinds(severity="medium", type="milestone") == set()
    newest = swinging.get("/alerts/me").json()[0]
    swinging.post(f"/alerts/{newest['id']}/read")
    assert newest["id"] not in ids(swinging.get("/alerts/me", unread=True))
    assert newest["id"] in ids(swinging.get("/alerts/me", unread=False))


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0}, {"limit": 101}, {"limit": "all"}, {"cursor": "x"}, {"cursor": "W10"}, {"cursor": "WzFlNDAwXQ"},
        {"cursor": "Wy0xZTMwXQ"}, {"cursor": "a" * 201}, {"type": "news"}, {"severity": "fatal"}, {"unread": "maybe"},
    ],
)  # fmt: skip
def test_a_malformed_query_is_refused(person: ScoredPerson, params: dict[str, Any]) -> None:
    answer = person.get("/alerts/me", **params)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_request")


def test_reading_one_counts_down_and_reading_it_again_changes_nothing(swinging: ScoredPerson) -> None:
    newest = ids(swinging.get("/alerts/me"))[0]
    for _ in range(2):
        answer = swinging.post(f"/alerts/{newest}/read")
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert swinging.get("/alerts/me/unread-count").json() == {"unread": 11}
    (read,) = [alert for alert in swinging.get("/alerts/me").json() if alert["read"]]
    assert (read["id"], read["is_read"]) == (newest, True)


def test_reading_all_reads_ones_own_and_nobody_elses(
    swinging: ScoredPerson, new_scored_person: NewScoredPerson
) -> None:
    somebody_else = new_scored_person()
    somebody_else.scored(700)
    assert swinging.post("/alerts/read-all").json() == {"success": True}
    assert swinging.get("/alerts/me/unread-count").json() == {"unread": 0}
    assert ids(swinging.get("/alerts/me", unread=True)) == []
    assert somebody_else.get("/alerts/me/unread-count").json() == {"unread": 1}


def test_deleting_takes_one_away_for_good(swinging: ScoredPerson) -> None:
    newest = ids(swinging.get("/alerts/me"))[0]
    answer = swinging.delete(f"/alerts/me/{newest}")
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert newest not in ids(swinging.get("/alerts/me"))
    assert swinging.delete(f"/alerts/me/{newest}").status_code == 404


def test_an_alert_deleted_is_not_made_again_by_a_repeated_event(person: ScoredPerson) -> None:
    update = person.update(700)
    (alert,) = person.report(update).json()
    person.delete(f"/alerts/me/{alert['id']}")
    assert person.report(update).json() == []
    assert person.count("alerts") == 0


def test_somebody_elses_alerts_are_not_there(swinging: ScoredPerson, new_scored_person: NewScoredPerson) -> None:
    stranger, newest = new_scored_person(), ids(swinging.get("/alerts/me"))[0]
    answers = [
        stranger.get(f"/alerts/{swinging.user_id}"),
        stranger.get(f"/alerts/{swinging.user_id}/unread-count"),
        stranger.post(f"/alerts/{newest}/read"),
        stranger.delete(f"/alerts/{swinging.user_id}/{newest}"),
        stranger.delete(f"/alerts/me/{newest}"),
        stranger.get(f"/score-updates/{swinging.user_id}"),
        stranger.get(f"/milestones/{swinging.user_id}"),
        stranger.get(f"/goals/{swinging.user_id}"),
        stranger.put(f"/goals/{swinging.user_id}", {"target": 850}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 9
    assert swinging.count("goals") == 0
    assert swinging.get("/alerts/me/unread-count").json() == {"unread": 12}


@pytest.mark.parametrize("alert_id", ["0", "-1", "x", "1.0", "9223372036854775807", "9223372036854775808", "%D9%A1"])
def test_an_id_that_is_no_alerts_id_is_not_there(person: ScoredPerson, alert_id: str) -> None:
    answers = [person.post(f"/alerts/{alert_id}/read"), person.delete(f"/alerts/me/{alert_id}")]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "alert_not_found")] * 2


@pytest.mark.parametrize("user_id", ["x", "0", "read-all", "ME"])
def test_an_id_that_is_no_persons_id_is_not_there(person: ScoredPerson, user_id: str) -> None:
    paths = [f"/alerts/{user_id}", f"/alerts/{user_id}/unread-count"]
    paths += [f"/{each}/{user_id}" for each in ("score-updates", "milestones", "goals")]
    assert [person.get(path).status_code for path in paths] == [404] * 5


def test_an_administrator_sees_and_deletes_anybodys_but_reads_none_for_them(
    swinging: ScoredPerson, new_admin: Callable[[], Caller]
) -> None:
    client, headers = swinging.service.client, new_admin().headers
    newest = ids(client.get(f"/alerts/{swinging.user_id}", headers=headers))[0]
    assert client.get(f"/milestones/{swinging.user_id}", headers=headers).json()["current_score"] == 690
    assert client.get(f"/score-updates/{swinging.user_id}", headers=headers).status_code == 200
    assert client.post(f"/alerts/{newest}/read", headers=headers).status_code == 404
    assert client.delete(f"/alerts/{swinging.user_id}/{newest}", headers=headers).status_code == 200
    assert swinging.count("alerts") == 11


OPERATIONS = [
    ("GET", "/alerts/me"),
    ("GET", "/alerts/me/unread-count"),
    ("POST", "/alerts/read-all"),
    ("POST", "/alerts/1/read"),
    ("DELETE", "/alerts/me/1"),
    ("GET", "/score-updates/me"),
    ("GET", "/milestones/me"),
    ("GET", "/goals/me"),
    ("PUT", "/goals/me"),
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_nothing_is_said_without_a_valid_token_of_a_person(
    person: ScoredPerson, method: str, path: str, new_person: Callable[..., Caller]
) -> None:
    forged = person.caller.token[:-8] + "AAAAAAAA"
    foreign: list[dict[str, str]] = [
        {},
        {"Authorization": f"Bearer {forged}"},
        new_person(exp=1).headers,
        new_person(aud="another-api").headers,
        new_person(iss="somebody").headers,
        person.score_service,
        {"X-User-Id": str(person.user_id)},
    ]
    answers = [person.service.client.request(method, path, headers=headers) for headers in foreign]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, "unauthenticated")] * 7


def test_what_is_not_wanted_in_the_app_is_neither_listed_nor_counted_but_remembered(
    person: ScoredPerson, service_headers: Callable[..., dict[str, str]]
) -> None:
    told = {"version": 1, "language": "en", "notifications": {"score_changes": False}, "quiet_hours": None}
    path, headers = (
        f"/internal/delivery-preferences/{person.user_id}",
        service_headers("profile_service", "alert_service"),
    )
    assert person.service.client.put(path, json=told, headers=headers).status_code == 204
    assert [alert["kind"] for alert in person.scored(600, 690)] == ["personal_best", "big_rise", "threshold_up"]
    listed = [alert["kind"] for alert in person.get("/alerts/me").json()]
    assert listed == ["threshold_up", "personal_best", "first_score"]
    assert person.get("/alerts/me", type="score_change").json() == []
    assert person.get("/alerts/me/unread-count").json() == {"unread": 3}
    assert person.count("alerts") == 4

"""What was given up: administrators see it, start it anew, and by asking twice do no more."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from tests.integration.alert_service.scored_person import ScoredPerson
from tests.support.callers import Caller
from tests.support.mail_server import MailServer
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually

PATH = "/alerts/admin/dead-letters"
ServiceHeaders = Callable[..., dict[str, str]]


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """Of this test's own, which refuses everything until it is told otherwise."""
    server = MailServer()
    server.on_recipient = lambda _to: "550 Nobody"
    yield server
    server.close()


@pytest.fixture
def service(run_service: RunService, mails: MailServer) -> RunningService:
    return run_service("alert_service", SMTP_URL=mails.url)


def given_up(
    service: RunningService, new_person: Callable[..., Caller], service_headers: ServiceHeaders, admin: Caller
) -> tuple[ScoredPerson, str]:
    """Somebody, one alert of whom could not be mailed, and the id of the mail."""
    person = ScoredPerson(service, new_person(), service_headers("score_service", "alert_service"))
    told = {"version": 1, "email": f"{person.user_id}@example.com"}
    headers = service_headers("user_service", "alert_service")
    assert service.client.put(f"/internal/addresses/{person.user_id}", json=told, headers=headers).status_code == 204
    person.scored(652)

    def found() -> list[dict[str, Any]]:
        letters: list[dict[str, Any]] = service.client.get(PATH, headers=admin.headers).json()["items"]
        return [letter for letter in letters if letter["user_id"] == str(person.user_id)]

    (letter,) = eventually(found)
    assert (letter["channel"], letter["problem"], letter["attempts"]) == ("email", "mail_refused", 1)
    return person, letter["id"]


def test_what_was_given_up_is_replayed_once_however_often_one_asks(
    service: RunningService,
    mails: MailServer,
    new_person: Callable[..., Caller],
    service_headers: ServiceHeaders,
    new_admin: Callable[[], Caller],
) -> None:
    admin = new_admin()
    person, letter = given_up(service, new_person, service_headers, admin)
    mails.on_recipient = lambda _to: "250 Taken"
    for _ in range(3):
        answer = service.client.post(f"{PATH}/{letter}/replay", headers=admin.headers)
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    (mail,) = mails.wait_for(f"{person.user_id}@example.com")
    assert mail.message["Subject"] == "Your first score is here"
    outcome = "SELECT sent_at IS NOT NULL, attempts FROM deliveries"
    eventually(lambda: service.sql(outcome) == [(True, 1)])
    assert service.client.get(PATH, headers=admin.headers).json() == {"items": [], "next": None}
    service.client.post(f"{PATH}/{letter}/replay", headers=admin.headers)
    assert service.sql(outcome) == [(True, 1)]
    assert len(mails.mails) == 1


def test_pages_lead_from_the_newest_to_the_oldest(
    service: RunningService,
    new_person: Callable[..., Caller],
    service_headers: ServiceHeaders,
    new_admin: Callable[[], Caller],
) -> None:
    admin = new_admin()
    letters = [given_up(service, new_person, service_headers, admin)[1] for _ in range(3)]
    seen, cursor = [], None
    while True:
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = service.client.get(PATH, params=query, headers=admin.headers).json()
        seen += [letter["id"] for letter in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == letters[::-1]
    bad = service.client.get(PATH, params={"cursor": "zzz"}, headers=admin.headers)
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/query/cursor")


def test_the_metrics_say_what_waits_and_what_was_given_up(
    service: RunningService,
    new_person: Callable[..., Caller],
    service_headers: ServiceHeaders,
    new_admin: Callable[[], Caller],
) -> None:
    given_up(service, new_person, service_headers, new_admin())
    eventually(lambda: "deliveries_dead 1.0" in service.client.get("/metrics").text)
    metrics = service.client.get("/metrics").text
    assert 'deliveries_waiting{state="due"} 0.0' in metrics
    assert 'deliveries_failed_attempts_total{channel="email"} 1.0' in metrics


def test_only_administrators_see_and_replay(
    alert_service: RunningService, new_person: Callable[..., Caller], new_admin: Callable[[], Caller]
) -> None:
    client, replay = alert_service.client, f"{PATH}/{uuid7()}/replay"
    for headers, status in (({}, 401), (new_person().headers, 403)):
        assert client.get(PATH, headers=headers).status_code == status
        assert client.post(replay, headers=headers).status_code == status
    for wrong in (replay, f"{PATH}/7/replay"):
        answer = client.post(wrong, headers=new_admin().headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "dead_letter_not_found")

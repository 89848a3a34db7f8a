"""From a person's preferences to their mail, over the wire: what the profile service hears, the alert service does."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.integration.alert_service.scored_person import ScoredPerson
from tests.support.callers import Caller
from tests.support.mail_server import MailServer
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def alerts(run_service: RunService, mail_server: MailServer) -> RunningService:
    return run_service("alert_service", SMTP_URL=mail_server.url)


@pytest.fixture
def person(
    alerts: RunningService, new_person: Callable[..., Caller], service_headers: Callable[..., dict[str, str]]
) -> ScoredPerson:
    made = ScoredPerson(alerts, new_person(), service_headers("score_service", "alert_service"))
    address = {"version": 1, "email": f"{made.user_id}@example.com"}
    headers = service_headers("user_service", "alert_service")
    told = alerts.client.put(f"/internal/addresses/{made.user_id}", json=address, headers=headers)
    assert told.status_code == 204
    return made


def test_quiet_hours_hold_a_mail_and_their_end_lets_it_go_in_the_chosen_language(
    alerts: RunningService, run_service: RunService, mail_server: MailServer, person: ScoredPerson
) -> None:
    profiles = run_service("profile_service", ALERT_SERVICE_URL=alerts.base_url)
    now = datetime.now(HANOI)
    begin, end = (f"{now + timedelta(minutes=minutes):%H:%M}" for minutes in (-30, 90))
    quiet = {"from": begin, "to": end, "timezone": "Asia/Ho_Chi_Minh"}

    def prefer(preferences: dict[str, object], version: int) -> None:
        answer = profiles.client.put("/preferences/me", json=preferences, headers=person.caller.headers)
        assert answer.status_code == 200, answer.text
        query = "SELECT preferences_version FROM recipients WHERE user_id = %s"
        eventually(lambda: alerts.sql(query, person.user_id) == [(version,)])

    prefer({"language": "vi", "quiet_hours": quiet}, 1)
    person.scored(700)
    ((due_at,),) = alerts.sql("SELECT due_at FROM deliveries WHERE user_id = %s", person.user_id)
    assert f"{due_at.astimezone(HANOI):%H:%M}" == end
    assert due_at > now
    person.scored(640)
    assert person.count("deliveries") == 1, "it joined the first"
    assert mail_server.mails_to(f"{person.user_id}@example.com") == []
    # As if it were that time: the person ends their quiet hours, and the clock of the row is put forward.
    prefer({"quiet_hours": None}, 2)
    alerts.sql("UPDATE deliveries SET next_at = now() WHERE user_id = %s", person.user_id)
    (mail,) = mail_server.wait_for(f"{person.user_id}@example.com")
    assert "Bạn đã có điểm tín dụng đầu tiên" in mail.text
    assert "Điểm của bạn đã xuống dưới 670" in mail.text


def test_only_the_named_channels_of_a_type_are_used(
    alerts: RunningService, run_service: RunService, mail_server: MailServer, person: ScoredPerson
) -> None:
    profiles = run_service("profile_service", ALERT_SERVICE_URL=alerts.base_url)
    wanted = {"by_type": {"milestones": {"email": False}, "score_changes": {"in_app": False}}}
    answer = profiles.client.patch(
        "/preferences/me", json={"notifications": wanted}, headers=person.caller.headers
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    eventually(lambda: alerts.sql("SELECT 1 FROM recipients WHERE preferences_version = 1 AND user_id = %s",
                                  person.user_id))  # fmt: skip
    person.scored(660, 690)
    (mail,) = mail_server.wait_for(f"{person.user_id}@example.com")
    assert mail.message["Subject"] == "Your score rose by 30 points"
    listed = {alert["kind"] for alert in person.get("/alerts/me").json()}
    assert listed == {"first_score", "personal_best", "threshold_up"}

"""The whole way: a survey answered on two devices in Vietnamese, a score in the night, and one mail at seven."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from service_kit.schemas import utc_now
from tests.integration.alert_service.outgoing import Outgoing, address, run_as
from tests.integration.survey_service.respondent import COMPLETE
from tests.support.callers import Caller
from tests.support.mail_server import MailServer
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually, patiently

HALF = len(COMPLETE) // 2
NIGHT = {"from": "22:00", "to": "07:00"}


def where_it_is_two_at_night() -> str:
    """A time zone; its hour may end during the test, its night does not."""
    hours = (2 - utc_now().hour + 12) % 24 - 12
    return f"Etc/GMT{-hours:+d}"  # their signs are the other way round


@pytest.fixture
def services(run_service: RunService, mail_server: MailServer) -> dict[str, RunningService]:
    alerts = run_service("alert_service", SMTP_URL=mail_server.url)
    surveys = run_service("survey_service")
    urls = {"ALERT_SERVICE_URL": alerts.base_url, "SURVEY_SERVICE_URL": surveys.base_url}
    scores, profiles = run_service("score_service", **urls), run_service("profile_service", **urls)
    return {"alerts": alerts, "surveys": surveys, "scores": scores, "profiles": profiles}


@dataclass(frozen=True)
class Device:
    """One of the person's devices, in Vietnamese, which knows nothing of the other."""

    surveys: RunningService
    person: Caller

    @property
    def headers(self) -> dict[str, str]:
        return {**self.person.headers, "Accept-Language": "vi"}

    def get(self, path: str) -> httpx.Response:
        return self.surveys.client.get(path, headers=self.headers)

    def answer(self, *keys: str) -> None:
        ids = {each["key"]: each["id"] for each in self.get("/survey/questions").json()}
        for key in keys:
            headers = {**self.headers, "If-Match": self.get("/survey/answers/me").headers["etag"]}
            body = {"question_id": ids[key], "answer": COMPLETE[key]}
            saved = self.surveys.client.patch("/survey/answer", json=body, headers=headers)
            assert saved.status_code == 200, saved.text


def send_as_if(alerts: RunningService, moment: datetime) -> int:
    """What a replica of the alert service whose clock shows this moment sends."""
    sent = []

    async def work(world: Outgoing) -> None:
        sent.append(await world.sender.send_due(moment))

    run_as(alerts.env, work)
    return sent[0]


def test_half_on_a_phone_and_half_on_a_laptop_is_one_alert_when_the_quiet_hours_end(
    services: dict[str, RunningService],
    mail_server: MailServer,
    new_person: Callable[..., Caller],
    service_headers: Callable[..., dict[str, str]],
) -> None:
    person, zone = new_person(), where_it_is_two_at_night()
    alerts = services["alerts"]
    headers = {**person.headers, "Accept-Language": "vi"}
    told = service_headers("user_service", "alert_service")
    verified = {"version": 1, "email": address(person.user_id)}
    assert alerts.client.put(f"/internal/addresses/{person.user_id}", json=verified, headers=told).status_code == 204
    wanted = {"language": "vi", "quiet_hours": {**NIGHT, "timezone": zone}}
    assert services["profiles"].client.put("/preferences/me", json=wanted, headers=headers).status_code == 200
    eventually(lambda: alerts.sql("SELECT 1 FROM recipients WHERE user_id = %s AND language = 'vi'", person.user_id))

    phone, laptop = Device(services["surveys"], person), Device(services["surveys"], person)
    assert "Thu nhập" in phone.get("/survey/questions").text
    phone.answer(*list(COMPLETE)[:HALF])
    answered = {each["key"] for each in laptop.get("/survey/answers/me").json()}
    assert answered == set(list(COMPLETE)[:HALF])
    laptop.answer(*(key for key in COMPLETE if key not in answered))
    assert laptop.surveys.client.post("/survey/submit", json={}, headers=laptop.headers).status_code == 200

    score = patiently(lambda: services["scores"].client.post("/scores/me/calculate", headers=headers))
    assert score.status_code == 200, score.text
    (alert,) = eventually(lambda: alerts.client.get("/alerts/me", headers=headers).json())
    assert (alert["kind"], alert["score"]) == ("first_score", score.json()["current_score"])

    seven = utc_now().astimezone(ZoneInfo(zone)).replace(hour=7, minute=0, second=0, microsecond=0)
    assert send_as_if(alerts, seven - timedelta(seconds=1)) == 0
    assert mail_server.mails_to(address(person.user_id)) == []
    assert send_as_if(alerts, seven) == 1
    assert send_as_if(alerts, seven + timedelta(hours=1)) == 0
    (mail,) = mail_server.mails_to(address(person.user_id))
    assert mail.message["Subject"] == alert["title"] == "Bạn đã có điểm tín dụng đầu tiên"
    assert str(alert["score"]) in mail.text
    assert len(alerts.client.get("/alerts/me", headers=headers).json()) == 1

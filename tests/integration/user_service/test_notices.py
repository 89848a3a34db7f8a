"""What happens to an account is told to its owner, by an alert and by mail."""

from typing import Any

import pytest

from tests.integration.user_service.letters import noted, subject_of
from tests.integration.user_service.visitor import PASSWORD, Visitor, new_email
from tests.support.mail_server import MailServer
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually

NEW_PASSWORD = "lotus-pond-at-dawn"
SUBJECTS = {
    "new_device": "A new device signed in to your account",
    "password_changed": "Your password was changed",
    "email_changed": "Your email address was changed",
}


@pytest.fixture(scope="module")
def told_service(module_services: RunService, alert_service: RunningService, mail_server: MailServer) -> RunningService:
    """A user service beside a real alert service."""
    cheap = {"ARGON2_MEMORY_KIB": "1024", "ARGON2_ROUNDS": "1"}
    beside = {"SMTP_URL": mail_server.url, "ALERT_SERVICE_URL": alert_service.base_url}
    return module_services("user_service", **cheap, **beside)


@pytest.fixture
def owner(told_service: RunningService) -> Visitor:
    return Visitor(told_service).sign_up().sign_in()


def alerts_of(alert_service: RunningService, owner: Visitor) -> list[str]:
    answer = alert_service.client.get("/alerts/me", params={"type": "security"}, headers=owner.bearer)
    assert answer.status_code == 200, answer.text
    return [alert["kind"] for alert in answer.json()]


def sign_in_elsewhere(owner: Visitor) -> None:
    owner.on_another_device()


def change_password(owner: Visitor) -> None:
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert owner.post("/auth/change-password", body, headers=owner.bearer).status_code == 204


def change_email(owner: Visitor) -> None:
    body = {"email": new_email(), "password": PASSWORD}
    assert owner.call("PATCH", "/users/me", json=body, headers=owner.bearer).status_code == 200


HAPPENINGS: dict[str, Any] = {
    "new_device": sign_in_elsewhere,
    "password_changed": change_password,
    "email_changed": change_email,
}


@pytest.mark.parametrize("kind", HAPPENINGS)
def test_the_owner_gets_one_alert_and_one_mail(
    owner: Visitor, alert_service: RunningService, mail_server: MailServer, kind: str
) -> None:
    HAPPENINGS[kind](owner)
    eventually(lambda: alerts_of(alert_service, owner) == [kind])
    eventually(lambda: SUBJECTS[kind] in [subject_of(mail) for mail in mail_server.mails_to(owner.email)])
    [mail] = [mail for mail in mail_server.mails_to(owner.email) if subject_of(mail) == SUBJECTS[kind]]
    assert " UTC" in mail.text
    assert owner.email not in mail.text


def test_what_an_administrator_changes_is_told_too(owner: Visitor, alert_service: RunningService) -> None:
    admin = Visitor(owner.service).sign_up()
    owner.service.sql("UPDATE users SET is_admin = true WHERE id = %s", admin.user_id)
    admin.sign_in()
    body = {"password": NEW_PASSWORD, "email": new_email()}
    answer = admin.call("PUT", f"/admin/users/{owner.user_id}", json=body, headers=admin.bearer)
    assert answer.status_code == 200, answer.text
    eventually(lambda: sorted(alerts_of(alert_service, owner)) == ["email_changed", "password_changed"])


def test_nothing_is_told_of_what_did_not_happen(owner: Visitor) -> None:
    wrong = {"old_password": "not the password", "new_password": NEW_PASSWORD}
    assert owner.post("/auth/change-password", wrong, headers=owner.bearer).status_code == 403
    same = {"email": owner.email, "username": "An"}
    assert owner.call("PATCH", "/users/me", json=same, headers=owner.bearer).status_code == 200
    assert noted(owner) == ["verification"]
    assert owner.service.sql("SELECT kind FROM outbox WHERE key = %s", owner.user_id) == []


def test_news_waits_for_an_alert_service_that_is_away(
    run_service: RunService, alert_service: RunningService, mail_server: MailServer
) -> None:
    env = {"SMTP_URL": mail_server.url, "ARGON2_MEMORY_KIB": "1024", "ARGON2_ROUNDS": "1"}
    alone = run_service("user_service", **env)
    owner = Visitor(alone).sign_up().sign_in()
    change_password(owner)
    eventually(lambda: len(mail_server.mails_to(owner.email)) >= 2)
    assert alerts_of(alert_service, owner) == []
    alone.close()
    run_service("user_service", database_url=alone.database_url, ALERT_SERVICE_URL=alert_service.base_url, **env)
    eventually(lambda: alerts_of(alert_service, owner) == ["password_changed"])


def test_no_news_is_mailed_that_is_a_day_old(run_service: RunService, mail_server: MailServer) -> None:
    cheap = {"ARGON2_MEMORY_KIB": "1024", "ARGON2_ROUNDS": "1"}
    away = run_service("user_service", **cheap)
    owner = Visitor(away).sign_up().sign_in()
    change_password(owner)
    away.close()
    owner.service = run_service("user_service", database_url=away.database_url, SMTP_URL="smtp://127.0.0.1:9", **cheap)
    owner.service.sql("UPDATE mails SET created_at = created_at - interval '1 day'")
    eventually(lambda: owner.service.sql("SELECT 1 FROM mails WHERE delivered_at IS NULL") == [])
    assert mail_server.mails_to(owner.email) == []

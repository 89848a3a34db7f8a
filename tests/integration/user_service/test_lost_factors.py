"""`POST /admin/users/{user_id}/remove-second-factors`: for who has neither telephone, nor passkey, nor code."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.integration.user_service.authenticator_app import App, notices, sign_in, status
from tests.integration.user_service.letters import subject_of
from tests.integration.user_service.passkey_page import is_refused, new_passkey
from tests.integration.user_service.passkey_page import sign_in as sign_in_by_passkey
from tests.integration.user_service.test_audit_log import administrator, entries
from tests.integration.user_service.visitor import Visitor, code
from tests.support.mail_server import MailServer
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually, patiently

REASON = {"reason": "Lost the telephone; was seen at the branch"}
SUBJECT = "The second factors of your account were removed"


@pytest.fixture
def admin(user_service: RunningService) -> Visitor:
    return administrator(user_service)


def remove(admin: Visitor, user_id: str, body: Any = REASON) -> httpx.Response:
    return admin.post(f"/admin/users/{user_id}/remove-second-factors", body, headers=admin.bearer)


def test_the_password_alone_signs_in_again_and_all_else_is_void(
    admin: Visitor, member: Visitor, stranger: Visitor
) -> None:
    passkey, codes = new_passkey(member), App(member).confirm()
    phone = Visitor(member.service, member.email, user_agent="test-phone/1")
    phone.tokens = sign_in_by_passkey(phone, passkey).json()
    assert remove(admin, member.user_id).status_code == 204
    assert [device.refresh().status_code for device in (member, phone)] == [401, 401]
    assert is_refused(sign_in_by_passkey(stranger, passkey))
    member.sign_in()
    assert status(member) == {"is_on": False, "recovery_codes_left": 0}
    assert member.call("GET", "/auth/passkeys", headers=member.bearer).json()["items"] == []
    App(member).confirm()
    assert code(sign_in(member, codes[0])) == "invalid_otp", "a new app has no old recovery codes"


def test_the_owner_is_told_in_words_of_their_own(admin: Visitor, member: Visitor, mail_server: MailServer) -> None:
    new_passkey(member)
    remove(admin, member.user_id)
    assert notices(member) == ["second_factor_changed", "second_factors_removed"]
    eventually(lambda: SUBJECT in [subject_of(mail) for mail in mail_server.mails_to(member.email)])
    [mail] = [mail for mail in mail_server.mails_to(member.email) if subject_of(mail) == SUBJECT]
    assert "administrator" in mail.text
    assert [word for word in (REASON["reason"], admin.email, "{") if word in mail.text] == []


def test_it_reaches_the_alerts(run_service: RunService, alert_service: RunningService, mail_server: MailServer) -> None:
    env = {"SMTP_URL": mail_server.url, "ALERT_SERVICE_URL": alert_service.base_url}
    service = run_service("user_service", ARGON2_MEMORY_KIB="1024", ARGON2_ROUNDS="1", **env)
    owner = Visitor(service).sign_up().sign_in()
    App(owner).confirm()
    assert remove(administrator(service), owner.user_id).status_code == 204

    def told() -> list[tuple[str, str]]:
        alerts = alert_service.client.get("/alerts/me", params={"type": "security"}, headers=owner.bearer).json()
        return [(alert["kind"], alert["title"]) for alert in alerts]

    eventually(lambda: ("second_factors_removed", SUBJECT) in told())


def test_the_log_says_what_was_removed_by_whom_and_why(admin: Visitor, member: Visitor) -> None:
    new_passkey(member)
    new_passkey(member)
    App(member).confirm()
    remove(admin, member.user_id)
    [entry] = entries(admin, event="second_factors_removed", user_id=member.user_id)
    assert (entry["actor_id"], entry["reason"]) == (admin.user_id, REASON["reason"])
    assert entry["details"] == {"totp": True, "passkeys": 2}
    [ended] = entries(admin, event="session_ended", user_id=member.user_id)
    assert ended["details"] == {"cause": "second_factors_removed"}


def test_done_again_or_at_once_it_is_done_once(admin: Visitor, member: Visitor) -> None:
    App(member).confirm()
    with ThreadPoolExecutor(6) as pool:
        answers = Counter(pool.map(lambda _: patiently(lambda: remove(admin, member.user_id)).status_code, range(6)))
    assert answers == {204: 6}
    member.sign_in()
    assert remove(admin, member.user_id).status_code == 204
    assert member.refresh().status_code == 200, "there was nothing to remove"
    assert len(entries(admin, event="second_factors_removed", user_id=member.user_id)) == 1
    assert notices(member) == ["second_factor_changed", "second_factors_removed"]


def test_an_offer_that_was_not_confirmed_is_no_factor(admin: Visitor, member: Visitor) -> None:
    app = App(member)
    assert remove(admin, member.user_id).status_code == 204
    assert notices(member) == []
    app.confirm()


def test_nobody_does_it_to_themselves(admin: Visitor) -> None:
    App(admin).confirm()
    for user_id in (admin.user_id, "me"):
        refused = remove(admin, user_id)
        assert (refused.status_code, code(refused)) == (409, "own_account")
    assert status(admin)["is_on"]
    assert remove(administrator(admin.service), admin.user_id).status_code == 204, "another administrator does"


def test_an_administrator_whose_session_was_ended_by_it_does_nothing_more(admin: Visitor, member: Visitor) -> None:
    other = administrator(admin.service)
    App(other).confirm()
    App(member).confirm()
    assert remove(admin, other.user_id).status_code == 204
    eventually(lambda: remove(other, member.user_id).status_code == 401)


@pytest.mark.parametrize("body", [None, {}, {"reason": " "}, {"reason": "x" * 501}, {**REASON, "more": 1}])
def test_it_needs_a_reason(admin: Visitor, member: Visitor, body: Any) -> None:
    App(member).confirm()
    answer = remove(admin, member.user_id, body)
    assert (answer.status_code, code(answer)) == (422, "malformed_request")
    assert code(sign_in(member)) == "otp_required"
    assert member.refresh().status_code == 200

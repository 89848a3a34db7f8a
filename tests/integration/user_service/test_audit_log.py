"""The audit log: what is recorded, who may read it, and that no change to it goes unseen."""

from typing import Any

import pytest

from tests.integration.user_service.visitor import PASSWORD, Visitor, code, new_email
from tests.support.services import RunningService

REASON = {"reason": "Reported as stolen"}
NEW_PASSWORD = "bamboo-boat-at-dawn"


@pytest.fixture
def admin(user_service: RunningService) -> Visitor:
    return administrator(user_service)


def administrator(service: RunningService) -> Visitor:
    visitor = Visitor(service).sign_up()
    service.sql("UPDATE users SET is_admin = true WHERE id = %s RETURNING 1", visitor.user_id)
    return visitor.sign_in()


def entries(admin: Visitor, **query: Any) -> list[dict[str, Any]]:
    answer = admin.call("GET", "/admin/audit", params={"limit": 100, **query}, headers=admin.bearer)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def story(admin: Visitor, member: Visitor) -> list[tuple[str, dict[str, Any]]]:
    """What happened to a member, oldest first."""
    return [(each["event"], each["details"]) for each in reversed(entries(admin, user_id=member.user_id))]


def test_every_sign_in_event_of_a_person_is_recorded(admin: Visitor, member: Visitor) -> None:
    member.try_password("not the password")
    member.post(
        "/auth/change-password", {"old_password": PASSWORD, "new_password": NEW_PASSWORD}, headers=member.bearer
    )
    member.call("PATCH", "/users/me", json={"email": new_email(), "password": NEW_PASSWORD}, headers=member.bearer)
    assert member.refresh().status_code == 200
    member.address = "198.51.100.7"
    assert member.refresh().status_code == 401
    assert story(admin, member) == [
        ("signed_up", {}),
        ("signed_in", {"by": ["password"]}),
        ("password_refused", {"cause": "wrong"}),
        ("password_changed", {}),
        ("email_changed", {}),
        ("refresh_token_reused", {}),
        ("session_ended", {"cause": "token_reused"}),
    ]


def test_signing_out_names_the_session(admin: Visitor, member: Visitor) -> None:
    phone = member.on_another_device()
    member.post("/auth/logout", headers=member.bearer)
    phone.call("DELETE", "/auth/sessions?scope=all", headers=phone.bearer)
    told = list(reversed(entries(admin, user_id=member.user_id)))
    ended = [(each["details"]["cause"], each["session_id"]) for each in told if each["event"] == "session_ended"]
    started = [each["session_id"] for each in told if each["event"] == "signed_in"]
    assert ended == [("signed_out", started[0]), ("ended_by_user", started[1])]


def test_the_last_failure_that_is_looked_at_is_recorded_as_such(admin: Visitor, visitor: Visitor) -> None:
    visitor.sign_up()
    for _ in range(12):
        Visitor(visitor.service, visitor.email).try_password("not the password")
    told = [event for event, _ in story(admin, visitor)]
    assert told == ["signed_up", *["password_refused"] * 10, "attempts_exhausted"]


def test_a_guess_at_nobody_s_account_names_no_address(admin: Visitor, visitor: Visitor) -> None:
    visitor.try_password(PASSWORD)
    newest = entries(admin, event="password_refused")[0]
    assert (newest["user_id"], newest["details"]) == (None, {"cause": "unknown"})
    rows = visitor.service.sql("SELECT e::text FROM audit_events e")
    assert not any(visitor.email in row[0] or "example.com" in row[0] for row in rows)


def test_every_act_of_an_administrator_is_recorded_with_its_reason(admin: Visitor, member: Visitor) -> None:
    path = f"/admin/users/{member.user_id}"
    made = admin.post("/admin/users", {"email": new_email(), "password": PASSWORD, **REASON}, headers=admin.bearer)
    for act in ("disable", "enable", "logout"):
        assert admin.post(f"{path}/{act}", REASON, headers=admin.bearer).is_success
    changes = {"is_admin": True, "username": "An", "password": NEW_PASSWORD, **REASON}
    assert admin.call("PUT", path, json=changes, headers=admin.bearer).status_code == 200
    assert admin.call("PUT", path, json={"is_admin": False, "email": None}, headers=admin.bearer).status_code == 200
    assert admin.call("DELETE", path, params=REASON, headers=admin.bearer).status_code == 202
    told = [(each["event"], each["user_id"], each["reason"]) for each in reversed(entries(admin, actor=admin.user_id))]
    about, reason = member.user_id, REASON["reason"]
    assert told == [
        ("user_created", made.json()["id"], reason),
        ("user_disabled", about, reason),
        ("user_enabled", about, reason),
        ("user_signed_out", about, reason),
        ("admin_granted", about, reason),
        ("user_changed", about, reason),
        ("admin_revoked", about, None),
        ("user_deleted", about, reason),
    ]
    changed = entries(admin, actor=admin.user_id, event="user_changed")
    assert changed[0]["details"] == {"fields": ["username", "password_hash"]}


def test_what_was_undone_is_not_recorded(admin: Visitor, member: Visitor) -> None:
    taken = admin.post("/admin/users", {"email": member.email, "password": PASSWORD}, headers=admin.bearer)
    assert (taken.status_code, entries(admin, actor=admin.user_id)) == (409, [])


def test_the_log_is_for_administrators(member: Visitor) -> None:
    anonymous, ordinary = member.call("GET", "/admin/audit"), member.call("GET", "/admin/audit", headers=member.bearer)
    assert [(each.status_code, code(each)) for each in (anonymous, ordinary)] == [
        (401, "unauthenticated"), (403, "forbidden")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "query", [{"user_id": "x"}, {"actor": "1"}, {"event": "gossip"}, {"cursor": "x"}, {"limit": 0}]
)
def test_a_bad_question_is_refused(admin: Visitor, query: dict[str, Any]) -> None:
    answer = admin.call("GET", "/admin/audit", params=query, headers=admin.bearer)
    assert (answer.status_code, code(answer)) == (422, "malformed_request")


def test_pages_of_the_log_join(admin: Visitor, member: Visitor) -> None:
    for _ in range(4):
        member.sign_in()
    whole, paged, cursor = [each["id"] for each in entries(admin, user_id=member.user_id)], [], None
    while True:
        query = {"user_id": member.user_id, "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = admin.call("GET", "/admin/audit", params=query, headers=admin.bearer).json()
        paged += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert paged == whole
    assert len(whole) == 6

"""`/admin`: what administrators see and do, and that nobody else does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.integration.user_service.visitor import PASSWORD, Visitor, code, new_email
from tests.support.callers import Caller
from tests.support.services import RunningService, RunService
from tests.support.waiting import PATIENCE_S, away_from_midnight, patiently

REASON = {"reason": "Reported as stolen"}
NOBODY = "01a21486-5bb3-7031-93d8-e83d6c435163"


@pytest.fixture
def admin(user_service: RunningService, new_admin: Callable[[], Caller]) -> Callable[..., httpx.Response]:
    headers = new_admin().headers

    def call(method: str, path: str, body: Any = None, **request: Any) -> httpx.Response:
        request["headers"] = {**headers, **request.get("headers", {})}
        if body is not None:
            request["json"] = body
        with httpx.Client(base_url=user_service.base_url, timeout=PATIENCE_S) as client:
            return client.request(method, "/admin" + path, **request)

    return call


Admin = Callable[..., httpx.Response]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/admin/summary", None),
        ("GET", "/admin/users", None),
        ("POST", "/admin/users", {"email": "a@example.com", "password": PASSWORD}),
        ("GET", "/admin/users/{id}", None),
        ("GET", "/admin/users/me", None),
        ("PUT", "/admin/users/{id}", {"is_admin": True}),
        ("DELETE", "/admin/users/{id}", None),
        ("POST", "/admin/users/{id}/disable", REASON),
        ("POST", "/admin/users/{id}/enable", REASON),
        ("POST", "/admin/users/{id}/logout", REASON),
        ("POST", "/admin/users/{id}/remove-second-factors", REASON),
    ],
)
def test_administration_is_for_administrators(member: Visitor, method: str, path: str, body: Any) -> None:
    path = path.format(id=member.user_id)
    anonymous = member.call(method, path, json=body)
    assert (anonymous.status_code, code(anonymous)) == (401, "unauthenticated")
    ordinary = member.call(method, path, json=body, headers=member.bearer)
    assert (ordinary.status_code, code(ordinary)) == (403, "forbidden")
    assert member.call("GET", "/users/me", headers=member.bearer).json()["is_admin"] is False


def test_the_summary_counts(user_service: RunningService, admin: Admin) -> None:
    away_from_midnight()
    before = admin("GET", "/summary").json()
    Visitor(user_service).sign_up()
    disabled = Visitor(user_service).sign_up()
    change = "disabled = true, is_admin = true, created_at = now() - interval '2 days'"
    user_service.sql(f"UPDATE users SET {change} WHERE id = %s RETURNING 1", disabled.user_id)  # noqa: S608
    after = admin("GET", "/summary").json()
    user_service.sql("DELETE FROM users WHERE id = %s RETURNING 1", disabled.user_id)
    assert {name: after[name] - before[name] for name in before} == {
        "total_users": 2, "active_users": 1, "inactive_users": 1, "admin_users": 1, "new_users_today": 1
    }  # fmt: skip


def test_users_are_found_by_a_part_of_email_or_username(member: Visitor, admin: Admin) -> None:
    mark = new_email()[:12]
    other = Visitor(member.service, f"x{mark}y@example.com").sign_up()
    member.call("PATCH", "/users/me", json={"username": f"Z{mark.upper()}"}, headers=member.bearer)
    found = admin("GET", "/users", params={"search": mark}).json()
    assert [user["id"] for user in found["items"]] == [other.user_id, member.user_id]
    assert found["next"] is None
    admin("POST", f"/users/{other.user_id}/disable", REASON)
    for disabled, user_id in ((True, other.user_id), (False, member.user_id)):
        page = admin("GET", "/users", params={"search": mark, "disabled": disabled}).json()
        assert [user["id"] for user in page["items"]] == [user_id]


@pytest.mark.parametrize("search", ["%", "_", "\\"])
def test_a_search_has_no_wildcards(admin: Admin, visitor: Visitor, search: str) -> None:
    visitor.sign_up()
    found = admin("GET", "/users", params={"search": search, "limit": 100}).json()["items"]
    assert all(search in user["email"] + (user["username"] or "") for user in found)


def test_pages_join_without_gap_or_repeat(user_service: RunningService, admin: Admin) -> None:
    mark = new_email()[:12]
    expected = [Visitor(user_service, f"{mark}{n}@example.com").sign_up().user_id for n in range(5)][::-1]
    cursor, pages = None, []
    while True:
        page = admin(
            "GET", "/users", params={"search": mark, "limit": 2} | ({"cursor": cursor} if cursor else {})
        ).json()
        pages.append([user["id"] for user in page["items"]])
        cursor = page["next"]
        if cursor is None:
            break
    assert pages == [expected[:2], expected[2:4], expected[4:]]


@pytest.mark.parametrize(
    "query", [{"limit": 101}, {"cursor": "x"}, {"search": ""}, {"search": "a\x00"}, {"disabled": "?"}]
)
def test_a_bad_listing_is_refused(admin: Admin, query: dict[str, Any]) -> None:
    answer = admin("GET", "/users", params=query)
    assert (answer.status_code, code(answer)) == (422, "malformed_request")


def test_an_account_made_by_an_administrator_can_sign_in(user_service: RunningService, admin: Admin) -> None:
    visitor = Visitor(user_service)
    made = admin("POST", "/users", {"email": visitor.email, "password": PASSWORD, "username": "An"})
    assert (made.status_code, made.json()["username"]) == (201, "An")
    assert visitor.sign_in().tokens["user"] == made.json()
    assert admin("GET", f"/users/{made.json()['id']}").json() == made.json()
    taken = admin("POST", "/users", {"email": visitor.email, "password": PASSWORD})
    assert (taken.status_code, code(taken)) == (409, "email_taken")


def test_creating_with_one_idempotency_key_creates_once(user_service: RunningService, admin: Admin) -> None:
    body, key = {"email": new_email(), "password": PASSWORD}, {"Idempotency-Key": new_email()}
    first, second = (admin("POST", "/users", body, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    other = admin("POST", "/users", {**body, "username": "An"}, headers=key)
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    stored = user_service.sql("SELECT convert_from(body, 'utf8') FROM idempotency_keys")
    assert not any(PASSWORD in row[0] for row in stored)


def test_an_account_is_changed(member: Visitor, admin: Admin) -> None:
    email = new_email()
    answer = admin("PUT", f"/users/{member.user_id}", {"email": email, "username": "An", "email_verified": True})
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in ("email", "username", "email_verified")} == {
        "email": email, "username": "An", "email_verified": True
    }  # fmt: skip
    unchanged = admin("PUT", f"/users/{member.user_id}", {"email": None, "is_admin": None})
    assert unchanged.json() == answer.json()
    assert member.refresh().status_code == 200


def test_a_password_set_by_an_administrator_ends_the_sessions(member: Visitor, admin: Admin) -> None:
    weak = admin("PUT", f"/users/{member.user_id}", {"password": "password123"})
    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/password")
    assert admin("PUT", f"/users/{member.user_id}", {"password": "bamboo-boat-at-dawn"}).status_code == 200
    assert member.refresh().status_code == 401
    assert member.try_password("bamboo-boat-at-dawn").status_code == 200


def test_a_disabled_account_is_shut_out_until_it_is_enabled(member: Visitor, admin: Admin) -> None:
    answer = admin("POST", f"/users/{member.user_id}/disable", REASON)
    assert (answer.status_code, answer.json()["disabled"]) == (200, True)
    assert member.try_password(PASSWORD).status_code == 401
    assert member.refresh().status_code == 401
    assert member.call("GET", "/users/me", headers=member.bearer).status_code == 401
    assert admin("POST", f"/users/{member.user_id}/enable", {"reason": "Found"}).json()["disabled"] is False
    assert member.refresh().status_code == 401
    assert member.try_password(PASSWORD).status_code == 200
    assert member.service.sql("SELECT status_reason FROM users WHERE id = %s", member.user_id) == [("Found",)]


def test_an_administrator_signs_somebody_out_everywhere(member: Visitor, admin: Admin) -> None:
    phone = member.on_another_device()
    assert admin("POST", f"/users/{member.user_id}/logout", REASON).status_code == 204
    assert [device.refresh().status_code for device in (member, phone)] == [401, 401]
    assert member.try_password(PASSWORD).status_code == 200


def test_a_deleted_account_is_gone_with_its_sessions(member: Visitor, admin: Admin) -> None:
    assert admin("DELETE", f"/users/{member.user_id}").status_code == 202
    assert member.try_password(PASSWORD).status_code == 401
    assert member.refresh().status_code == 401
    assert member.service.sql("SELECT 1 FROM sessions WHERE user_id = %s", member.user_id) == []
    assert code(admin("GET", f"/users/{member.user_id}")) == "user_not_found"


@pytest.mark.parametrize("user_id", [NOBODY, "no-id", "123"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "", None), ("PUT", "", {"username": "An"}), ("DELETE", "", None), ("POST", "/disable", REASON),
     ("POST", "/enable", REASON), ("POST", "/logout", REASON), ("POST", "/remove-second-factors", REASON)],
)  # fmt: skip
def test_an_account_that_is_not_there_is_404(admin: Admin, user_id: str, method: str, path: str, body: Any) -> None:
    answer = admin(method, f"/users/{user_id}{path}", body)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "body", [None, {}, {"reason": " "}, {"reason": "ab "}, {"reason": "x" * 501}, {**REASON, "more": 1}]
)
def test_an_act_needs_a_reason(member: Visitor, admin: Admin, body: Any) -> None:
    assert admin("POST", f"/users/{member.user_id}/disable", body).status_code == 422
    assert member.refresh().status_code == 200


@pytest.mark.parametrize("reason", ["", "ab", "x" * 501])
def test_a_reason_for_a_deletion_is_no_need_but_must_be_one(member: Visitor, admin: Admin, reason: str) -> None:
    refused = admin("DELETE", f"/users/{member.user_id}", params={"reason": reason})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/reason")
    assert member.refresh().status_code == 200


def active_admins(service: RunningService) -> list[str]:
    return [row[0] for row in service.sql("SELECT id::text FROM users WHERE is_admin AND NOT disabled")]


Way = tuple[str, str, Any]
WAYS: list[Way] = [
    ("PUT", "", {"is_admin": False}),
    ("PUT", "", {"disabled": True}),
    ("POST", "/disable", REASON),
    ("DELETE", "", None),
]


def act(actor: Visitor, on: Visitor, way: Way) -> httpx.Response:
    method, path, body = way
    return actor.call(method, f"/admin/users/{on.user_id}{path}", json=body, headers=actor.bearer)


def test_the_last_administrator_stays(run_service: RunService) -> None:
    service = run_service("user_service", ARGON2_MEMORY_KIB="1024", ARGON2_ROUNDS="1")
    first, second, ordinary = (Visitor(service).sign_up() for _ in range(3))
    both = "UPDATE users SET is_admin = true, disabled = false WHERE id IN (%s, %s) RETURNING 1"
    service.sql(both, first.user_id, second.user_id)
    first.sign_in()
    second.sign_in()
    for way in WAYS:
        # Each tries it on the other at the same time, again and again: one may succeed, never both.
        pairs = [(first, second, way), (second, first, way)] * 4
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda pair: patiently(lambda: act(*pair)), pairs))
        (left,) = active_admins(service)
        last = first if left == first.user_id else second
        refused = act(last, last, way)
        assert (refused.status_code, code(refused)) == (409, "last_administrator")
        assert act(last, ordinary, ("POST", "/disable", REASON)).status_code == 200
        service.sql(both, first.user_id, second.user_id)

"""A session that ended is soon refused by the other services, though they verify tokens on their own.

The aim is within a second, which test_revocation_reach.py measures.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg2
import pytest

from tests.integration.user_service.visitor import PASSWORD, Visitor
from tests.support.callers import SERVICES, Caller
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually
from user_service.crud.revocations import LOCK_ID

CHEAP_HASHES = {"ARGON2_MEMORY_KIB": "1024", "ARGON2_ROUNDS": "1"}
REASON = {"reason": "Reported as stolen"}
SILENT_AFTER_S = 10.0
WAITING = (
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
    " WHERE datname = current_database() AND locktype = 'advisory' AND objid = %s AND NOT granted"
)

Act = Callable[[Visitor, Visitor], httpx.Response]


@pytest.fixture(scope="module")
def users(module_services: RunService) -> RunningService:
    return module_services("user_service", **CHEAP_HASHES)


@pytest.fixture(scope="module")
def profiles(module_services: RunService, users: RunningService) -> RunningService:
    return module_services("profile_service", USER_SERVICE_URL=users.base_url)


@pytest.fixture(scope="module")
def admin(users: RunningService) -> Visitor:
    return administrator(users)


def administrator(users: RunningService) -> Visitor:
    visitor = Visitor(users).sign_up()
    users.sql("UPDATE users SET is_admin = true WHERE id = %s RETURNING 1", visitor.user_id)
    return visitor.sign_in()


def ask(service: RunningService, visitor: Visitor) -> int:
    return service.client.get("/preferences/me", headers=visitor.bearer).status_code


def change_password(member: Visitor) -> httpx.Response:
    body = {"old_password": PASSWORD, "new_password": "bamboo-boat-at-dawn"}
    return member.post("/auth/change-password", body, headers=member.bearer)


def administer(admin: Visitor, method: str, path: str, body: Any = None) -> httpx.Response:
    return admin.call(method, f"/admin/users/{path}", headers=admin.bearer, json=body)


# What ends the sessions of a member, done on the phone or by an administrator, and whether the phone's lives on.
WAYS: dict[str, tuple[Act, bool]] = {
    "another device ends it": (lambda _, phone: phone.call("DELETE", "/auth/sessions?scope=others",
                                                           headers=phone.bearer), True),
    "a password is changed": (lambda _, phone: change_password(phone), True),
    "all are ended": (lambda _, phone: phone.call("DELETE", "/auth/sessions?scope=all", headers=phone.bearer), False),
    "an administrator sets a password": (lambda admin, phone: administer(
        admin, "PUT", phone.user_id, {"password": "bamboo-boat-at-dawn"}), False),
    "an administrator signs out": (lambda admin, phone: administer(
        admin, "POST", f"{phone.user_id}/logout", REASON), False),
    "an administrator disables": (lambda admin, phone: administer(
        admin, "POST", f"{phone.user_id}/disable", REASON), False),
    "an administrator deletes": (lambda admin, phone: administer(admin, "DELETE", phone.user_id), False),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_what_ends_a_session_reaches_a_service_that_knows_its_token(
    users: RunningService, profiles: RunningService, admin: Visitor, way: str
) -> None:
    member = Visitor(users).sign_up().sign_in()
    phone, bystander = member.on_another_device(), Visitor(users).sign_up().sign_in()
    assert [ask(profiles, each) for each in (member, phone, bystander)] == [200, 200, 200]
    act, phone_lives_on = WAYS[way]
    assert act(admin, phone).is_success
    eventually(lambda: ask(profiles, member) == 401)
    if phone_lives_on:
        assert ask(profiles, phone) == 200
    else:
        eventually(lambda: ask(profiles, phone) == 401)
    eventually(lambda: users.client.get("/auth/sessions", headers=member.bearer).status_code == 401)
    assert ask(profiles, bystander) == 200


def test_a_role_that_was_taken_away_takes_its_tokens_along(
    users: RunningService, profiles: RunningService, admin: Visitor
) -> None:
    other = administrator(users)
    assert ask(profiles, other) == 200
    assert administer(admin, "PUT", other.user_id, {"username": "An", "is_admin": True}).status_code == 200
    assert ask(profiles, other) == 200
    assert administer(admin, "PUT", other.user_id, {"is_admin": False}).status_code == 200
    eventually(lambda: ask(profiles, other) == 401)
    eventually(lambda: administer(other, "GET", admin.user_id).status_code == 401)
    assert administer(other.sign_in(), "GET", admin.user_id).status_code == 403


def test_signing_out_again_and_again_is_heard_each_time(users: RunningService, profiles: RunningService) -> None:
    member = Visitor(users).sign_up()
    for _ in range(10):
        member.sign_in()
        assert ask(profiles, member) == 200
        assert member.post("/auth/logout", headers=member.bearer).status_code == 204
        eventually(lambda: ask(profiles, member) == 401)


def test_a_refresh_token_that_was_stolen_takes_the_access_tokens_with_it(
    users: RunningService, profiles: RunningService
) -> None:
    member = Visitor(users).sign_up().sign_in()
    assert member.refresh().status_code == 200
    member.address = "198.51.100.7"
    assert member.refresh().status_code == 401
    eventually(lambda: ask(profiles, member) == 401)


def test_without_the_feed_the_token_would_go_on(
    users: RunningService, profiles: RunningService, profile_service: RunningService
) -> None:
    """The control: a service that is told of no user service follows nothing."""
    member = Visitor(users).sign_up().sign_in()
    assert ask(profile_service, member) == 200
    assert member.post("/auth/logout", headers=member.bearer).status_code == 204
    eventually(lambda: ask(profiles, member) == 401)
    assert ask(profile_service, member) == 200
    assert profile_service.client.get("/health/ready").json()["checks"] == {"database": True}


def test_another_replica_of_the_user_service_tells_of_it_too(users: RunningService, run_service: RunService) -> None:
    replica = run_service("user_service", database_url=users.database_url, **CHEAP_HASHES)
    follower = run_service("profile_service", USER_SERVICE_URL=replica.base_url)
    member = Visitor(users).sign_up().sign_in()
    assert ask(follower, member) == 200
    assert member.post("/auth/logout", headers=member.bearer).status_code == 204
    eventually(lambda: ask(follower, member) == 401)


def test_a_service_that_starts_later_hears_of_what_ended_before(users: RunningService, run_service: RunService) -> None:
    member = Visitor(users).sign_up().sign_in()
    assert member.post("/auth/logout", headers=member.bearer).status_code == 204
    late = run_service("survey_service", USER_SERVICE_URL=users.base_url)
    eventually(lambda: late.client.get("/survey/questions", headers=member.bearer).status_code == 401)


def test_while_the_feed_is_silent_people_go_on_and_what_is_delicate_waits(run_service: RunService) -> None:
    users = run_service("user_service", **CHEAP_HASHES)
    limit = {"USER_SERVICE_URL": users.base_url, "REVOCATIONS_SILENT_MAX_S": str(SILENT_AFTER_S)}
    profiles, alerts = run_service("profile_service", **limit), run_service("alert_service", **limit)
    member, leaver, admin = Visitor(users).sign_up().sign_in(), Visitor(users).sign_up().sign_in(), administrator(users)
    assert profiles.client.put("/profile/me", json={"full_name": "An"}, headers=member.bearer).status_code == 200
    others_alerts = f"/alerts/{member.user_id}"
    eventually(lambda: state(profiles) == state(alerts) == (200, "ready"))
    assert alerts.client.get(others_alerts, headers=admin.bearer).status_code == 200

    users.kill()
    eventually(lambda: state(profiles) == state(alerts) == (200, "degraded"))
    assert [ask(profiles, each) for each in (member, leaver)] == [200, 200]
    for refused in (
        alerts.client.get(others_alerts, headers=admin.bearer),
        profiles.client.delete("/profile/me", headers=member.bearer),
    ):
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert int(refused.headers["retry-after"]) > 0
    assert alerts.client.get("/alerts/me", headers=admin.bearer).status_code == 200

    # A session that ends where the services cannot hear it is heard of once they can.
    sessions = "UPDATE sessions SET ended_at = now() WHERE user_id = %s RETURNING id"
    [(ended,)] = users.sql(sessions, leaver.user_id)
    users.sql("INSERT INTO revocations (session_id) VALUES (%s) RETURNING 1", ended)
    users.start()
    eventually(lambda: ask(profiles, leaver) == 401)
    eventually(lambda: state(profiles) == state(alerts) == (200, "ready"))
    assert alerts.client.get(others_alerts, headers=admin.bearer).status_code == 200
    assert profiles.client.delete("/profile/me", headers=member.bearer).status_code == 204


def state(service: RunningService) -> tuple[int, str]:
    answer = service.client.get("/health/ready")
    return answer.status_code, answer.json()["status"]


@pytest.mark.parametrize("caller", [name for name in SERVICES if name != "user_service"])
def test_the_other_services_may_follow(
    users: RunningService, service_headers: Callable[..., dict[str, str]], caller: str
) -> None:
    answer = users.client.get("/internal/revocations", headers=service_headers(caller, "user_service"))
    assert (answer.status_code, set(answer.json())) == (200, {"sessions", "last"})


def test_nobody_else_may_follow(
    users: RunningService, new_person: Callable[..., Caller], service_headers: Callable[..., dict[str, str]]
) -> None:
    bad: dict[str, dict[str, str]] = {
        "nobody": {},
        "a person": new_person().headers,
        "an administrator": new_person("admin").headers,
        "the user service itself": service_headers("user_service", "user_service"),
        "a stranger": service_headers("stranger", "user_service", iss="score_service", sub="score_service"),
        "for another service": service_headers("score_service", "alert_service"),
        "expired": service_headers("score_service", "user_service", exp=int(time.time()) - 1),
    }
    answers = {name: users.client.get("/internal/revocations", headers=headers) for name, headers in bad.items()}
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 401} == {}


@pytest.mark.parametrize("after", ["-1", "x", str(2**63)])
def test_a_number_that_is_none_is_refused(
    users: RunningService, service_headers: Callable[..., dict[str, str]], after: str
) -> None:
    headers = service_headers("score_service", "user_service")
    assert users.client.get("/internal/revocations", params={"after": after}, headers=headers).status_code == 422


def test_an_end_that_is_committed_late_is_not_passed_over(users: RunningService, profiles: RunningService) -> None:
    """Its number is the smaller one: overtaken by the other, nobody would ever ask for it."""
    slow, fast = Visitor(users).sign_up().sign_in(), Visitor(users).sign_up().sign_in()
    assert (ask(profiles, slow), ask(profiles, fast)) == (200, 200)
    with ThreadPoolExecutor(1) as elsewhere, psycopg2.connect(users.database_url) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_ID])
        cursor.execute(
            "INSERT INTO revocations (session_id) SELECT id FROM sessions WHERE user_id = %s RETURNING id",
            [slow.user_id],
        )
        signed_out = elsewhere.submit(fast.post, "/auth/logout", headers=fast.bearer)
        eventually(lambda: users.sql(WAITING, LOCK_ID) == [(1,)], "signing out waits for its turn")
        assert not signed_out.done()
        connection.commit()
        assert signed_out.result().status_code == 204
    connection.close()
    eventually(lambda: (ask(profiles, slow), ask(profiles, fast)) == (401, 401))

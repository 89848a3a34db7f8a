"""`DELETE /users/me`: gone here at once, and in every other service as soon as it answers; a receipt says how far."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest

from tests.integration.privacy.lives import rows_with
from tests.integration.user_service.visitor import PASSWORD, Visitor, code
from tests.support.callers import Keys
from tests.support.neighbour import FakeNeighbour, Received, Reply
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually, patiently

TOO_LONG_S = 60
HOLDERS = ("profile_service", "alert_service", "survey_service", "score_service")


@dataclass
class Town:
    """A user service and its four neighbours, each of which answers as the test says."""

    service: RunningService
    neighbours: dict[str, FakeNeighbour]

    def member(self) -> Visitor:
        return Visitor(self.service).sign_up().sign_in()

    def asked(self, name: str, method: str, user_id: str) -> list[Received]:
        received = list(self.neighbours[name].received)
        return [each for each in received if each.method == method and each.path == f"/internal/privacy/{user_id}"]


@pytest.fixture(scope="module")
def town(module_services: RunService) -> Iterator[Town]:
    neighbours = {name: FakeNeighbour() for name in HOLDERS}
    urls = {f"{name.upper()}_URL": neighbour.url for name, neighbour in neighbours.items()}
    yield Town(module_services("user_service", ARGON2_MEMORY_KIB="1024", ARGON2_ROUNDS="1", **urls), neighbours)
    for neighbour in neighbours.values():
        neighbour.close()


@pytest.fixture(autouse=True)
def all_answer(town: Town) -> None:
    for neighbour in town.neighbours.values():
        neighbour.answer = lambda _request: Reply()


def erase(member: Visitor, password: str = PASSWORD) -> httpx.Response:
    body = {"password": password}
    return patiently(lambda: member.call("DELETE", "/users/me", json=body, headers=member.bearer))


def receipt(town: Town, receipt_id: str) -> dict[str, Any]:
    """As anybody reads it: without being signed in."""
    answer = town.service.client.get(f"/auth/erasures/{receipt_id}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def wait_for(town: Town, receipt_id: str, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    def read() -> dict[str, Any] | None:
        current = receipt(town, receipt_id)
        return current if done(current) else None

    return eventually(read, lambda: receipt(town, receipt_id))


def is_complete(receipt: dict[str, Any]) -> bool:
    return receipt["completed_at"] is not None


def test_an_erasure_ends_everything_at_once_and_is_complete_when_all_have_confirmed(town: Town) -> None:
    member = town.member()
    phone = member.on_another_device()
    answer = erase(member)
    assert answer.status_code == 202
    assert list(answer.json()) == ["receipt_id"]
    assert [device.refresh().status_code for device in (member, phone)] == [401, 401]
    assert member.call("GET", "/users/me", headers=phone.bearer).status_code == 401
    assert code(member.try_password(PASSWORD)) == "invalid_credentials"
    done = wait_for(town, answer.json()["receipt_id"], is_complete)
    assert set(done["services"]) == set(HOLDERS)
    assert all(done["requested_at"] <= confirmed <= done["completed_at"] for confirmed in done["services"].values())
    for name in HOLDERS:
        [request] = town.asked(name, "DELETE", member.user_id)
        assert request.headers["authorization"].startswith("Bearer ")


def test_what_remains_is_a_tombstone_and_a_log_that_name_nobody_but_by_id(town: Town) -> None:
    member = town.member()
    wait_for(town, erase(member).json()["receipt_id"], is_complete)
    assert set(rows_with(town.service, member.user_id)) == {"tombstones", "audit_events"}
    assert rows_with(town.service, member.email) == {}


def test_the_address_is_free_again_at_once(town: Town) -> None:
    member = town.member()
    erase(member)
    again = Visitor(town.service, email=member.email).sign_up()
    assert again.user_id != member.user_id


def test_a_service_that_is_down_holds_up_neither_the_person_nor_the_others(town: Town) -> None:
    member = town.member()
    town.neighbours["survey_service"].answer = lambda _request: Reply(503)
    receipt_id = erase(member).json()["receipt_id"]
    waiting = wait_for(town, receipt_id, lambda each: sum(map(bool, each["services"].values())) == 3)
    assert (waiting["services"]["survey_service"], waiting["completed_at"]) == (None, None)
    assert member.refresh().status_code == 401
    town.neighbours["survey_service"].answer = lambda _request: Reply()
    wait_for(town, receipt_id, is_complete)
    assert len(town.asked("survey_service", "DELETE", member.user_id)) >= 2
    assert len(town.asked("score_service", "DELETE", member.user_id)) == 1, "who confirmed is not asked again"


def test_an_erasure_survives_the_end_of_the_process(town: Town) -> None:
    member = town.member()
    town.neighbours["alert_service"].answer = lambda _request: Reply(500)
    receipt_id = erase(member).json()["receipt_id"]
    town.service.kill()
    town.neighbours["alert_service"].answer = lambda _request: Reply()
    town.service.start()
    wait_for(town, receipt_id, is_complete)


def test_the_password_is_needed_and_a_wrong_one_changes_nothing(town: Town) -> None:
    member = town.member()
    assert code(erase(member, "not the password")) == "wrong_password"
    for body in ({}, {"password": None}, {"password": PASSWORD, "more": 1}):
        assert member.call("DELETE", "/users/me", json=body, headers=member.bearer).status_code == 422
    assert member.call("DELETE", "/users/me", json={"password": PASSWORD}).status_code == 401
    assert member.refresh().status_code == 200
    assert town.asked("score_service", "DELETE", member.user_id) == []


def test_the_last_administrator_stays(run_service: RunService) -> None:
    service = run_service("user_service", ARGON2_MEMORY_KIB="1024", ARGON2_ROUNDS="1")
    admin = Visitor(service).sign_up()
    service.sql("UPDATE users SET is_admin = true WHERE id = %s", admin.user_id)
    assert code(erase(admin.sign_in())) == "last_administrator"
    assert admin.refresh().status_code == 200


def test_two_erasures_at_once_are_one(town: Town) -> None:
    member = town.member()
    phone = member.on_another_device()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(erase, (member, phone)))
    assert sorted(each.status_code for each in answers) in ([202, 401], [202, 404])
    assert town.service.sql("SELECT count(*) FROM tombstones WHERE user_id = %s", member.user_id) == [(1,)]


def test_sign_ins_that_race_an_erasure_leave_no_session(town: Town) -> None:
    for _ in range(5):
        member = town.member()
        with ThreadPoolExecutor(5) as pool:
            tries = [pool.submit(patiently, partial(member.try_password, PASSWORD)) for _ in range(4)]
            assert pool.submit(erase, member).result().status_code == 202
            statuses = {each.result().status_code for each in tries}
        assert statuses <= {200, 401}
        assert town.service.sql("SELECT 1 FROM sessions WHERE user_id = %s", member.user_id) == []


def test_an_administrator_erases_the_same_way(town: Town) -> None:
    member, admin = town.member(), Visitor(town.service).sign_up()
    town.service.sql("UPDATE users SET is_admin = true WHERE id = %s", admin.user_id)
    admin.sign_in()
    answer = admin.call("DELETE", f"/admin/users/{member.user_id}", headers=admin.bearer)
    assert answer.status_code == 202
    wait_for(town, answer.json()["receipt_id"], is_complete)
    assert code(admin.call("GET", f"/admin/users/{member.user_id}", headers=admin.bearer)) == "user_not_found"
    assert len(town.asked("profile_service", "DELETE", member.user_id)) == 1


def test_the_answer_to_who_made_an_account_goes_with_it(town: Town) -> None:
    admin, made = Visitor(town.service).sign_up(), Visitor(town.service)
    town.service.sql("UPDATE users SET is_admin = true WHERE id = %s", admin.user_id)
    headers = {**admin.sign_in().bearer, "Idempotency-Key": made.email}
    answer = admin.post("/admin/users", {"email": made.email, "password": PASSWORD}, headers=headers)
    assert answer.status_code == 201
    assert set(rows_with(town.service, made.email)) == {"users", "idempotency_keys"}
    assert erase(made.sign_in()).status_code == 202
    assert rows_with(town.service, made.email) == {}


@pytest.mark.parametrize("receipt_id", ["0193b1f0-c2d4-4e0f-9a5b-3c1d2e4f5a6b", "x", "%00", "me"])
def test_a_receipt_that_was_never_given_is_not_there(town: Town, receipt_id: str) -> None:
    answer = town.service.client.get(f"/auth/erasures/{receipt_id}")
    assert (answer.status_code, code(answer)) == (404, "erasure_not_found")


def test_an_export_holds_what_each_service_answers_and_no_secret(town: Town) -> None:
    member = town.member()
    for name, neighbour in town.neighbours.items():
        neighbour.answer = lambda _request, name=name: Reply(body={"things": [{"of": name}]})
    answer = patiently(lambda: member.call("GET", "/users/me/export", headers=member.bearer))
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["user_id"] == member.user_id
    held = document["services"]
    assert {name: held[name] for name in HOLDERS} == {name: {"things": [{"of": name}]} for name in HOLDERS}
    assert [user["email"] for user in held["user_service"]["users"]] == [member.email]
    assert len(held["user_service"]["sessions"]) == 1
    assert "password_hash" not in answer.text
    assert "argon2" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("reply", [Reply(500), Reply(401), Reply(delay_s=TOO_LONG_S), Reply(hang_up=True)])
def test_an_export_is_complete_or_not_at_all(town: Town, reply: Reply) -> None:
    member = town.member()
    town.neighbours["alert_service"].answer = lambda _request: reply
    started = time.monotonic()
    answer = member.call("GET", "/users/me/export", headers=member.bearer)
    assert (answer.status_code, code(answer)) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert member.email not in answer.text
    assert member.user_id not in answer.text
    assert time.monotonic() - started < TOO_LONG_S, "a slow service is not waited for"


def test_an_export_is_for_its_owner(town: Town) -> None:
    assert town.service.client.get("/users/me/export").status_code == 401


def test_sign_up_tells_the_profile_service_of_the_consent(town: Town, keys: Keys) -> None:
    visitor = Visitor(town.service).sign_up()
    path = f"/internal/consents/{visitor.user_id}"
    received = town.neighbours["profile_service"].received
    told = eventually(lambda: [each for each in received if each.path == path])
    body = told[0].body
    assert (body["purpose"], body["granted"], bool(body["text_version"]), len(body)) == ("scoring", True, True, 4)

"""`POST /auth/refresh`: rotation, lost responses, theft, races (ADR 0007)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.user_service.visitor import Visitor, code, new_address
from tests.support.services import RunService
from tests.support.waiting import patiently


def age_spent_tokens(member: Visitor, seconds: int) -> None:
    member.service.sql(
        "UPDATE refresh_tokens SET spent_at = spent_at - make_interval(secs => %s) FROM sessions s"
        " WHERE s.id = session_id AND s.user_id = %s RETURNING 1", seconds, member.user_id,
    )  # fmt: skip


def live_tokens(member: Visitor) -> int:
    query = (
        "SELECT count(*) FROM refresh_tokens JOIN sessions s ON s.id = session_id"
        " WHERE s.user_id = %s AND spent_at IS NULL AND ended_at IS NULL"
    )
    return int(member.service.sql(query, member.user_id)[0][0])


def ends(member: Visitor) -> list[Any]:
    return [row[0] for row in member.service.sql("SELECT end_cause FROM sessions WHERE user_id = %s", member.user_id)]


def test_each_refresh_gives_the_next_token_of_the_same_session(member: Visitor) -> None:
    first = member.tokens
    second = member.refresh()
    assert second.status_code == 200
    assert set(second.json()) == set(first)
    assert second.json()["refresh_token"] != first["refresh_token"]
    third = member.refresh(second.json()["refresh_token"])
    assert third.status_code == 200
    member.tokens = third.json()
    assert member.call("GET", "/users/me", headers=member.bearer).status_code == 200
    assert live_tokens(member) == 1
    assert ends(member) == [None]


def test_a_lost_response_is_given_again_and_logged(member: Visitor) -> None:
    lost = member.refresh().json()
    again = member.refresh()
    assert again.status_code == 200
    assert again.json()["refresh_token"] == lost["refresh_token"]
    age_spent_tokens(member, 30)
    assert member.refresh().json()["refresh_token"] == lost["refresh_token"]
    assert live_tokens(member) == 1
    log = [line for line in member.service.log.splitlines() if again.headers["x-request-id"] in line]
    assert '"event":"refresh_token_reissued"' in log[0]


def test_a_token_replayed_after_sixty_seconds_ends_the_session(member: Visitor) -> None:
    child = member.refresh().json()["refresh_token"]
    age_spent_tokens(member, 61)
    assert code(member.refresh()) == "invalid_refresh_token"
    assert code(member.refresh(child)) == "invalid_refresh_token"
    assert ends(member) == ["token_reused"]


def test_a_token_replayed_after_its_child_was_used_ends_the_session(member: Visitor) -> None:
    child = member.refresh().json()["refresh_token"]
    grandchild = member.refresh(child).json()["refresh_token"]
    assert member.refresh().status_code == 401
    assert member.refresh(grandchild).status_code == 401
    assert ends(member) == ["token_reused"]


def test_a_token_replayed_from_another_address_or_program_ends_the_session(new_member: Callable[[], Visitor]) -> None:
    for address, user_agent in (("198.51.100.23", "test-browser/1"), (None, "thief/1")):
        member = new_member()
        member.refresh()
        stolen = {"refresh_token": member.tokens["refresh_token"]}
        thief = Visitor(member.service, address=address or member.address, user_agent=user_agent)
        assert code(thief.post("/auth/refresh", stolen)) == "invalid_refresh_token"
        assert ends(member) == ["token_reused"]


def test_a_theft_ends_one_session_and_not_the_persons_others(member: Visitor) -> None:
    phone = member.on_another_device()
    member.refresh()
    age_spent_tokens(member, 61)
    assert member.refresh().status_code == 401
    assert phone.refresh().status_code == 200


def test_an_unused_token_may_move_to_another_address(member: Visitor) -> None:
    member.address = new_address()
    assert member.refresh().status_code == 200


def test_fifty_refreshes_at_once_give_one_child(member: Visitor) -> None:
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: patiently(member.refresh), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert live_tokens(member) == 1


def test_a_race_between_two_clients_leaves_no_more_than_one_live_child(member: Visitor) -> None:
    thief = Visitor(member.service, tokens=member.tokens)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda who: patiently(who.refresh), [member, thief] * 10))
    assert {answer.status_code for answer in answers} <= {200, 401}
    assert live_tokens(member) <= 1
    assert member.refresh().status_code == 401


@pytest.mark.parametrize("token", ["unknown", "0" * 43, "ký tự lạ"])
def test_an_unknown_token_is_refused(visitor: Visitor, token: str) -> None:
    assert code(visitor.refresh(token)) == "invalid_refresh_token"


@pytest.mark.parametrize("body", [None, {}, {"refresh_token": None}])
def test_no_token_at_all_is_refused(visitor: Visitor, body: Any) -> None:
    answer = visitor.post("/auth/refresh", body)
    assert (answer.status_code, code(answer)) == (401, "invalid_refresh_token")


def test_an_access_token_refreshes_nothing(member: Visitor) -> None:
    assert member.refresh(member.tokens["access_token"]).status_code == 401


def test_a_session_that_has_expired_cannot_be_refreshed(member: Visitor) -> None:
    expire = "UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = %s RETURNING 1"
    member.service.sql(expire, member.user_id)
    assert member.refresh().status_code == 401


def test_a_disabled_person_cannot_refresh_and_a_new_role_arrives_with_the_refresh(member: Visitor) -> None:
    service = member.service
    service.sql("UPDATE users SET is_admin = true WHERE id = %s RETURNING 1", member.user_id)
    member.tokens = member.refresh().json()
    assert member.call("GET", "/admin/summary", headers=member.bearer).status_code == 200
    service.sql("UPDATE users SET disabled = true WHERE id = %s RETURNING 1", member.user_id)
    assert member.refresh().status_code == 401


def test_refreshing_does_not_lengthen_a_session(member: Visitor) -> None:
    query = "SELECT expires_at FROM sessions WHERE user_id = %s"
    before = member.service.sql(query, member.user_id)
    member.refresh()
    assert member.service.sql(query, member.user_id) == before


def test_a_new_refresh_key_ends_no_session_but_forgives_no_lost_response(
    member: Visitor, run_service: RunService
) -> None:
    other_key = run_service("user_service", database_url=member.service.database_url, REFRESH_KEY="cd" * 32)
    phone = member.on_another_device()
    member.refresh()
    phone.service = member.service = other_key
    assert phone.refresh().status_code == 200
    assert member.refresh().status_code == 401

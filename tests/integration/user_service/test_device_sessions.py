"""`/auth/sessions`: the devices somebody is signed in on."""

from typing import Any

import pytest

from tests.integration.user_service.visitor import Visitor, code


def sessions(member: Visitor, **query: Any) -> dict[str, Any]:
    answer = member.call("GET", "/auth/sessions", params=query, headers=member.bearer)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_sessions_are_listed_newest_first_and_say_which_one_asks(member: Visitor) -> None:
    phone = member.on_another_device()
    Visitor(member.service).sign_up().sign_in()
    items = sessions(member)["items"]
    assert [(item["user_agent"], item["current"]) for item in items] == [
        (phone.user_agent, False), (member.user_agent, True)
    ]  # fmt: skip
    assert set(items[0]) == {"id", "user_agent", "created_at", "last_used_at", "expires_at", "current"}


def test_sessions_come_in_pages(member: Visitor) -> None:
    for _ in range(4):
        member.on_another_device()
    first = sessions(member, limit=2)
    second = sessions(member, limit=2, cursor=first["next"])
    last = sessions(member, limit=2, cursor=second["next"])
    ids = [item["id"] for page in (first, second, last) for item in page["items"]]
    assert ids == [item["id"] for item in sessions(member)["items"]]
    assert len(ids) == 5
    assert last["next"] is None


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": 0}, {"cursor": "nonsense"}, {"cursor": "WzFd"}])
def test_a_bad_page_is_refused(member: Visitor, query: dict[str, Any]) -> None:
    answer = member.call("GET", "/auth/sessions", params=query, headers=member.bearer)
    assert (answer.status_code, code(answer)) == (422, "malformed_request")


def test_one_device_is_signed_out(member: Visitor) -> None:
    phone = member.on_another_device()
    phones = next(item["id"] for item in sessions(member)["items"] if not item["current"])
    assert member.call("DELETE", f"/auth/sessions/{phones}", headers=member.bearer).status_code == 204
    assert phone.refresh().status_code == 401
    assert member.refresh().status_code == 200
    again = member.call("DELETE", f"/auth/sessions/{phones}", headers=member.bearer)
    assert (again.status_code, code(again)) == (404, "session_not_found")


def test_somebody_elses_session_is_not_there(member: Visitor) -> None:
    other = Visitor(member.service).sign_up().sign_in()
    theirs = sessions(other)["items"][0]["id"]
    for session_id in (theirs, "no-id", "01a21486-5bb3-7031-93d8-e83d6c435163"):
        answer = member.call("DELETE", f"/auth/sessions/{session_id}", headers=member.bearer)
        assert (answer.status_code, code(answer)) == (404, "session_not_found")
    assert other.refresh().status_code == 200


@pytest.mark.parametrize(("scope", "survives"), [("others", True), ("all", False)])
def test_the_others_or_all_are_signed_out(member: Visitor, scope: str, survives: bool) -> None:
    devices = [member.on_another_device() for _ in range(2)]
    answer = member.call("DELETE", "/auth/sessions", params={"scope": scope}, headers=member.bearer)
    assert answer.status_code == 204
    assert [device.refresh().status_code for device in devices] == [401, 401]
    assert (member.refresh().status_code == 200) is survives


@pytest.mark.parametrize("query", [{}, {"scope": "mine"}])
def test_which_sessions_must_be_said(member: Visitor, query: dict[str, str]) -> None:
    answer = member.call("DELETE", "/auth/sessions", params=query, headers=member.bearer)
    assert answer.status_code == 422
    assert member.refresh().status_code == 200

"""The cookies of browsers: what they are, and that only our own pages may use them."""

from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.user_service.visitor import PASSWORD, Visitor, code
from tests.support.services import ORIGIN, RunService


def cookies_of(answer: httpx.Response) -> SimpleCookie:
    cookies = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        cookies.load(line)
    return cookies


def cookie_header(tokens: dict[str, Any], origin: str | None = ORIGIN) -> dict[str, str]:
    cookie = f"access_token={tokens['access_token']}; refresh_token={tokens['refresh_token']}"
    return {"Cookie": cookie} | ({"Origin": origin} if origin else {})


def sign_in(visitor: Visitor, **headers: str) -> httpx.Response:
    return visitor.post("/auth/login", {"email": visitor.email, "password": PASSWORD}, headers=headers)


def test_a_sign_in_sets_three_cookies_no_script_can_read(visitor: Visitor) -> None:
    answer = sign_in(visitor.sign_up())
    cookies = cookies_of(answer)
    assert {name: cookies[name].value for name in cookies} == {
        "access_token": answer.json()["access_token"],
        "refresh_token": answer.json()["refresh_token"],
        "devices": answer.json()["device_token"],
    }
    for cookie in cookies.values():
        assert cookie["httponly"] is True
        assert cookie["samesite"].lower() == "strict"
        assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert int(cookies["access_token"]["max-age"]) == 900
    assert int(cookies["refresh_token"]["max-age"]) == pytest.approx(30 * 86_400, abs=5)
    assert int(cookies["devices"]["max-age"]) == 365 * 86_400


@pytest.mark.parametrize(
    ("headers", "secure"),
    [
        ({"Host": "localhost:8000"}, False),
        ({"Host": "127.0.0.1:8000"}, False),
        ({"Host": "localhost:8443", "X-Forwarded-Proto": "https"}, True),
        ({"Host": "scores.example.com"}, True),
    ],
)
def test_cookies_are_secure_but_on_plain_localhost(visitor: Visitor, headers: dict[str, str], secure: bool) -> None:
    cookies = cookies_of(sign_in(visitor.sign_up(), **headers))
    assert [bool(cookie["secure"]) for cookie in cookies.values()] == [secure] * 3


def test_cookies_are_always_secure_in_production(run_service: RunService, tmp_path: Path) -> None:
    heads = str(tmp_path / "heads")
    visitor = Visitor(run_service("user_service", ENVIRONMENT="production", AUDIT_HEADS_FILE=heads)).sign_up()
    assert all(cookie["secure"] for cookie in cookies_of(sign_in(visitor, Host="localhost:8000")).values())


def test_a_page_of_ours_refreshes_and_signs_out_with_cookies_alone(member: Visitor) -> None:
    refreshed = member.post("/auth/refresh", headers=cookie_header(member.tokens))
    assert refreshed.status_code == 200
    assert set(cookies_of(refreshed)) == {"access_token", "refresh_token"}
    member.tokens = refreshed.json()
    out = member.post("/auth/logout", headers=cookie_header(member.tokens))
    assert out.status_code == 204
    assert [(cookie.value, cookie["max-age"]) for cookie in cookies_of(out).values()] == [("", "0"), ("", "0")]
    assert member.refresh().status_code == 401


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", ORIGIN + ".evil.example"])
@pytest.mark.parametrize("path", ["/auth/refresh", "/auth/logout"])
def test_a_strange_page_cannot_use_the_cookies(member: Visitor, path: str, origin: str | None) -> None:
    answer = member.post(path, headers=cookie_header(member.tokens, origin))
    assert (answer.status_code, code(answer)) == (403, "origin_not_allowed")
    assert "set-cookie" not in answer.headers
    assert member.refresh().status_code == 200


def test_a_strange_page_cannot_change_anything_with_the_access_cookie(member: Visitor) -> None:
    strange = cookie_header(member.tokens, "https://evil.example")
    answer = member.call("PATCH", "/users/me", json={"username": "Gotcha"}, headers=strange)
    assert (answer.status_code, code(answer)) == (403, "origin_not_allowed")
    changed = member.call("PATCH", "/users/me", json={"username": "An"}, headers=cookie_header(member.tokens))
    assert changed.json()["username"] == "An"


def test_what_the_body_or_the_bearer_says_needs_no_origin(member: Visitor) -> None:
    cookies = cookie_header(member.tokens, origin=None)
    refreshed = member.post("/auth/refresh", {"refresh_token": member.tokens["refresh_token"]}, headers=cookies)
    assert refreshed.status_code == 200
    out = member.post("/auth/logout", headers={**cookies, **member.bearer})
    assert out.status_code == 204
    assert set(cookies_of(out)) == {"access_token", "refresh_token"}


def test_cookies_that_cannot_be_read_are_none(visitor: Visitor) -> None:
    answer = visitor.post("/auth/refresh", headers={"Cookie": "refresh_token", "Origin": ORIGIN})
    assert code(answer) == "invalid_refresh_token"

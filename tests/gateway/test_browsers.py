"""Preflights and cross-origin answers, as browsers ask for them."""

import pytest

from tests.gateway.conftest import Target
from tests.gateway.wire import Answer, Caller

ME = "/api/v1/users/me"
STRANGE = ("https://evil.example", "http://localhost:3000.evil.example", "null", "http://LOCALHOST:3001")


def preflight(caller: Caller, origin: str, path: str = ME) -> Answer:
    asked = [("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "authorization,x-user-id")]
    return caller.send("OPTIONS", path, [("Origin", origin), *asked])


def names(value: str | None) -> set[str]:
    return {name.strip().lower() for name in (value or "").split(",")}


@pytest.mark.parametrize("path", [ME, "/api/v1/auth/login", "/api/v1/alerts/stream"])
def test_a_preflight_of_our_pages_is_answered_without_a_token(caller: Caller, target: Target, path: str) -> None:
    answer = preflight(caller, target.origin, path)
    assert answer.status in {200, 204}
    assert answer.one("Access-Control-Allow-Origin") == target.origin
    assert answer.one("Access-Control-Allow-Credentials") == "true"
    assert {"put", "patch", "delete"} <= names(answer.one("Access-Control-Allow-Methods"))
    assert {"authorization", "content-type", "if-match", "idempotency-key", "x-user-id"} <= names(
        answer.one("Access-Control-Allow-Headers")
    )
    assert answer.one("Access-Control-Max-Age") == "600"


@pytest.mark.parametrize("origin", STRANGE)
def test_a_preflight_of_other_pages_allows_them_nothing(caller: Caller, origin: str) -> None:
    answer = preflight(caller, origin)
    assert answer.one("Access-Control-Allow-Origin") is None
    assert not answer.body


def test_a_preflight_of_an_unknown_path_finds_nothing(caller: Caller, target: Target) -> None:
    assert preflight(caller, target.origin, "/api/v1/absent").status == 404


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Origin", "http://localhost:3000")],
        [("Access-Control-Request-Method", "GET")],
        [("Origin", "https://evil.example")],
    ],
)
def test_options_that_is_no_preflight_asks_for_a_token(caller: Caller, headers: list[tuple[str, str]]) -> None:
    assert caller.send("OPTIONS", ME, headers).status == 401


def test_an_answer_to_our_pages_may_be_read(
    caller: Caller, target: Target, bearer: tuple[str, str], echo: dict[str, int]
) -> None:
    answer = caller.send("GET", ME, [bearer, ("Origin", target.origin)])
    assert answer.one("Access-Control-Allow-Origin") == target.origin
    assert answer.one("Access-Control-Allow-Credentials") == "true"
    assert {"etag", "x-request-id", "retry-after"} <= names(answer.one("Access-Control-Expose-Headers"))
    assert "origin" in names(", ".join(answer.all("Vary")))


def test_a_refusal_to_our_pages_may_be_read_too(caller: Caller, target: Target) -> None:
    answer = caller.send("GET", ME, [("Origin", target.origin)])
    assert (answer.status, answer.one("Access-Control-Allow-Origin")) == (401, target.origin)


@pytest.mark.parametrize("origin", STRANGE)
def test_an_answer_to_other_pages_may_not(
    caller: Caller, bearer: tuple[str, str], echo: dict[str, int], origin: str
) -> None:
    answer = caller.send("GET", ME, [bearer, ("Origin", origin)])
    assert answer.one("Access-Control-Allow-Origin") is None

"""Paths that are written so as to be one thing to the gateway and another to a service."""

import pytest

from tests.gateway import differences
from tests.gateway.conftest import Target
from tests.gateway.wire import Caller


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/auth/login/../../users/me",
        "/api/v1/auth/../users/me",
        "/api/v1/auth/%2e%2e/users/me",
        "/api/v1/auth/.%2E/users/me",
        "/api/v1//users/me",
        "//api/v1/users/me",
        "/api//v1/users//me",
        "/api/v1/./users/./me",
        "/api/v1/%75sers/me",
        "/api/v1/user/docs/../../users/me",
    ],
)
def test_a_path_is_tidied_before_it_is_judged(
    caller: Caller, bearer: tuple[str, str], echo: dict[str, int], path: str
) -> None:
    assert caller.send("GET", path).status == 401
    answer = caller.send("GET", path, [bearer])
    assert (answer.status, answer.heard.path) == (200, "/users/me")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/auth/login/..%2f..%2fusers/me",
        "/api/v1/auth/login/..%2F..%2Fusers%2Fme",
        "/api/v1/auth/login/..%5c..%5cusers/me",
        "/api/v1/user/static-offline-docs/..%2f..%2fmetrics",
        "/api/v1/alerts%2Fon-score-updated",
        "/api/v1/internal%2Fusers",
    ],
)
def test_an_encoded_slash_opens_nothing(caller: Caller, target: Target, path: str) -> None:
    answer = caller.send("GET", path)
    refusals = {400} if target.kind == "envoy" else {401, 404}
    assert answer.status in refusals, differences.ENCODED_SLASH.what


def test_an_encoded_slash_with_a_token(
    caller: Caller, target: Target, bearer: tuple[str, str], echo: dict[str, int]
) -> None:
    answer = caller.send("GET", "/api/v1/users/a%2Fb", [bearer])
    assert answer.status == (400 if target.kind == "envoy" else 200), differences.ENCODED_SLASH.what


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/auth/login;x=1",
        "/api/v1/auth/login/",
        "/api/v1/auth/login%00",
        "/api/v1/auth/login%20",
        "/api/v1/Auth/login",
    ],
)
def test_what_only_looks_like_an_open_path_is_not_open(caller: Caller, path: str) -> None:
    assert caller.send("POST", path, body=b"{}").status in {400, 401, 404}


@pytest.mark.parametrize("target_form", ["/../../etc/passwd", "/api/v1/../../../../users/me", "*", "users/me"])
def test_a_path_that_leaves_the_root_is_refused(caller: Caller, bearer: tuple[str, str], target_form: str) -> None:
    assert caller.send("GET", target_form, [bearer]).status in {400, 404}


def test_blanks_and_signs_arrive_as_they_were_written(
    caller: Caller, bearer: tuple[str, str], echo: dict[str, int]
) -> None:
    answer = caller.send("GET", "/api/v1/users/a%20b+c~%C3%A9?q=%2F&q=a+b", [bearer])
    assert (answer.heard.path, answer.heard.query) == ("/users/a%20b+c~%C3%A9", "q=%2F&q=a+b")

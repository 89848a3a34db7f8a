"""Methods: services decide, and the gateway lets through what HTTP knows."""

import pytest

from tests.gateway import differences
from tests.gateway.conftest import Target
from tests.gateway.wire import Caller

ME = "/api/v1/users/me"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_services_decide_about_methods(
    caller: Caller, bearer: tuple[str, str], echo: dict[str, int], method: str
) -> None:
    answer = caller.send(method, ME, [bearer])
    assert (answer.status, answer.heard.method) == (200, method)


def test_head_is_answered_without_a_body(caller: Caller, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    answer = caller.send("HEAD", ME, [bearer])
    assert (answer.status, answer.body) == (200, b"")


def test_a_refused_head_has_no_body_either(caller: Caller) -> None:
    answer = caller.send("HEAD", ME)
    assert (answer.status, answer.body) == (401, b"")


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "BREW", "get"])
def test_no_method_gets_round_the_token(caller: Caller, method: str) -> None:
    assert caller.send(method, ME).status in {400, 401, 405}


def test_connect_is_refused(caller: Caller, bearer: tuple[str, str]) -> None:
    assert caller.send("CONNECT", "127.0.0.1:22", [bearer]).status in {400, 403, 404, 405}


def test_a_method_nobody_knows(caller: Caller, target: Target, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    status = caller.send("BREW", ME, [bearer]).status
    assert status == (200 if target.kind == "kong" else 400), differences.UNKNOWN_METHOD.what


def test_trace(caller: Caller, target: Target, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    status = caller.send("TRACE", ME, [bearer]).status
    assert status == (405 if target.kind == "kong" else 200), differences.TRACE.what

"""How large a body may be, however it is sent."""

import pytest

from tests.gateway import differences
from tests.gateway.conftest import Target
from tests.gateway.wire import Caller

ME = "/api/v1/users/me"
IMPORT = "/api/v1/survey/admin/import-questions"
MEGABYTE = 2**20


@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("path", "megabytes"), [(ME, 1), (IMPORT, 10), ("/api/v1/scores/admin/batch", 10)])
def test_a_body_at_the_limit_arrives_whole(
    caller: Caller, bearer: tuple[str, str], path: str, megabytes: int, chunked: bool
) -> None:
    answer = caller.send("POST", path, [bearer], b"a" * (megabytes * MEGABYTE), chunked=chunked)
    assert (answer.status, answer.heard.received) == (200, megabytes * MEGABYTE)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("path", "megabytes"), [(ME, 1), (IMPORT, 10), ("/api/v1/auth/login", 1)])
def test_a_larger_body_is_refused(
    caller: Caller, bearer: tuple[str, str], path: str, megabytes: int, chunked: bool
) -> None:
    answer = caller.send("POST", path, [bearer], b"a" * (megabytes * MEGABYTE + 200_000), chunked=chunked)
    assert answer.status == 413


def test_a_larger_body_that_waits_to_be_asked_for(caller: Caller, target: Target, bearer: tuple[str, str]) -> None:
    answer = caller.send("POST", ME, [bearer, ("Expect", "100-continue")], b"a" * (2 * MEGABYTE))
    expected = differences.EXPECT_CONTINUE
    assert answer.status == (expected.kong if target.kind == "kong" else expected.envoy), expected.what


def test_a_large_body_without_a_token_is_refused_for_the_token(caller: Caller) -> None:
    assert caller.send("POST", ME, body=b"a" * (2 * MEGABYTE)).status == 401


def test_an_empty_body_may_come_in_chunks(caller: Caller, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    answer = caller.send("POST", ME, [bearer], b"", chunked=True)
    assert (answer.status, answer.heard.received) == (200, 0)


@pytest.mark.parametrize(
    "framing",
    [
        [("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
        [("Content-Length", "5"), ("Content-Length", "6")],
        [("Content-Length", "-1")],
        [("Content-Length", "5x")],
        [("Transfer-Encoding", "xchunked")],
    ],
)
def test_a_body_whose_length_is_said_in_two_ways_is_refused(
    caller: Caller, bearer: tuple[str, str], framing: list[tuple[str, str]]
) -> None:
    answer = caller.send("POST", ME, [bearer, ("Connection", "close"), *framing])
    assert answer.status in {400, 411, 501}

"""How often one may call: open routes by address, the rest by token. Both counted where nobody can choose the key."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gateway.wire import Answer, Caller

ME = "/api/v1/users/me"
PER_ADDRESS, PER_TOKEN = 60, 600
AT_ONCE = 20


@pytest.fixture
def addresses(caller: Caller) -> Caller:
    if caller.address is None:
        pytest.skip("needs loopback addresses of its own")
    return caller


def check_refusal(answer: Answer, limit: int) -> None:
    assert answer.status == 429
    assert 1 <= int(answer.one("Retry-After") or 0) <= 60
    assert answer.one("RateLimit-Limit") == str(limit)
    assert answer.one("RateLimit-Remaining") == "0"


def check_allowance(call: Callable[[int], Answer], limit: int) -> None:
    """As many as allowed pass, and one of those right after them does not.

    Envoy's buckets refill meanwhile, up to ten a second: on a busy machine only several at once are quicker than that.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert [answer.status for answer in pool.map(call, range(limit))] == [200] * limit
        after = pool.map(call, range(10 * limit))
        check_refusal(next(answer for answer in after if answer.status != 200), limit)
        pool.shutdown(cancel_futures=True)


def test_open_routes_are_counted_by_address(addresses: Caller, another_caller: Caller, echo: dict[str, int]) -> None:
    def call(number: int) -> Answer:
        # Neither a changing token nor a changing X-Forwarded-For makes another caller of one.
        changing = [("X-Forwarded-For", f"10.0.0.{number}"), ("Authorization", f"Bearer {number}")]
        return addresses.send("POST", "/api/v1/auth/login", changing, b"{}")

    check_allowance(call, PER_ADDRESS)
    assert another_caller.send("POST", "/api/v1/auth/login", body=b"{}").status == 200
    assert addresses.send("GET", "/api/v1/user/docs").status == 200, "each open route counts for itself"


def test_the_rest_is_counted_by_token(caller: Caller, sign: Callable[..., str], echo: dict[str, int]) -> None:
    mine, another = ([("Authorization", f"Bearer {sign()}")] for _ in range(2))

    def call(number: int) -> Answer:
        path = ME if number % 2 else "/api/v1/scores/me"
        return caller.send("GET", path, [*mine, ("X-Forwarded-For", f"10.0.0.{number % 250}")])

    check_allowance(call, PER_TOKEN)
    assert caller.send("GET", ME, another).status == 200


def test_forged_tokens_use_up_nobodys_allowance(caller: Caller, sign: Callable[..., str], echo: dict[str, int]) -> None:
    token = sign()
    forged = [("Authorization", f"Bearer {token[:-8]}AAAAAAAA")]
    assert {caller.send("GET", ME, forged).status for _ in range(50)} == {401}
    answer = caller.send("GET", ME, [("Authorization", f"Bearer {token}")])
    assert answer.one("RateLimit-Remaining") == str(PER_TOKEN - 1)


def test_a_cookie_alone_is_counted_by_address(
    addresses: Caller, another_caller: Caller, sign: Callable[..., str], echo: dict[str, int]
) -> None:
    def remaining(who: Caller) -> int:
        answer = who.send("GET", ME, [("Cookie", f"access_token={sign()}")])
        return int(answer.one("RateLimit-Remaining") or -1)

    # What is used comes back ten times a second, so that of two calls only those right behind one another show.
    assert any(remaining(addresses) < PER_TOKEN - 1 for _ in range(200))
    assert remaining(another_caller) == PER_TOKEN - 1


def test_what_is_left_is_told(caller: Caller, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    answer = caller.send("GET", ME, [bearer])
    assert (answer.one("RateLimit-Limit"), answer.one("RateLimit-Remaining")) == (str(PER_TOKEN), str(PER_TOKEN - 1))
    assert answer.one("RateLimit-Reset") is not None

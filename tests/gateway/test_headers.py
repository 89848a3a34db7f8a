"""What a client says of itself and of its way here, and what the gateway says of its own."""

import re

import pytest

from tests.gateway import differences
from tests.gateway.conftest import Target
from tests.gateway.wire import Answer, Caller

ME = "/api/v1/users/me"
IDENTITY = (
    "X-User-Id",
    "x-user-id",
    "X-Consumer-Id",
    "X-Consumer-Custom-Id",
    "X-Consumer-Username",
    "X-Consumer-Groups",
    "X-Credential-Identifier",
    "X-Anonymous-Consumer",
    "X-Authenticated-Userid",
    "X-Authenticated-Scope",
    "X-Authenticated-Groups",
)


@pytest.mark.parametrize("name", IDENTITY)
@pytest.mark.parametrize("path", [ME, "/api/v1/auth/login", "/api/v1/user/docs", "/api/v1/alerts/me"])
def test_nobody_can_say_who_they_are(
    caller: Caller, bearer: tuple[str, str], echo: dict[str, int], name: str, path: str
) -> None:
    answer = caller.send("GET", path, [bearer, (name, "7"), (name, "8")])
    assert answer.heard.all(name) == []


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-Prefix", "traceparent", "tracestate", "baggage"])
def test_other_words_about_the_way_here_are_dropped(
    caller: Caller, bearer: tuple[str, str], echo: dict[str, int], name: str
) -> None:
    assert caller.send("GET", ME, [bearer, (name, "for=10.0.0.9")]).heard.all(name) == []


def test_the_callers_address_is_the_last_one_forwarded(
    caller: Caller, target: Target, bearer: tuple[str, str], echo: dict[str, int]
) -> None:
    forwarded = caller.send("GET", ME, [bearer, ("X-Forwarded-For", "10.9.8.7")]).heard.one("x-forwarded-for")
    addresses = [address.strip() for address in (forwarded or "").split(",")]
    if caller.address:
        assert addresses[-1] == caller.address
    assert addresses[:-1] == (["10.9.8.7"] if target.kind == "kong" else []), differences.FORWARDED_FOR.what


def test_the_gateway_itself_says_what_was_called(caller: Caller, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    spoofed = ["X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Path"]
    heard = caller.send("GET", f"{ME}?a=1", [bearer, *((name, "evil") for name in spoofed)]).heard
    assert all("evil" not in heard.all(name) for name in spoofed)
    assert heard.one("x-forwarded-proto") == "http"
    assert heard.one("x-forwarded-path") == ME
    if caller.address:
        assert heard.one("x-real-ip") == caller.address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Envoy-Upstream-Rq-Timeout-Ms", "1"),
        ("X-Envoy-Max-Retries", "9"),
        ("X-Envoy-Original-Path", "/api/v1/auth/login"),
        ("X-Envoy-Force-Trace", "true"),
        ("X-Original-Url", "/api/v1/auth/login"),
        ("X-Rewrite-Url", "/api/v1/auth/login"),
        ("X-HTTP-Method-Override", "DELETE"),
    ],
)
def test_a_client_cannot_steer_the_gateway(
    caller: Caller, bearer: tuple[str, str], echo: dict[str, int], name: str, value: str
) -> None:
    answer = caller.send("GET", f"{ME}?pause=0.05", [bearer, (name, value)])
    assert (answer.status, answer.heard.path, answer.heard.method) == (200, "/users/me", "GET")
    assert caller.send("GET", ME, [(name, value)]).status == 401


@pytest.mark.parametrize("listed", ["Authorization", "authorization, X-Request-ID", "Cookie, Authorization"])
def test_a_token_declared_hop_by_hop_is_never_more_than_no_token(
    caller: Caller, bearer: tuple[str, str], listed: str
) -> None:
    answer = caller.send("GET", ME, [bearer, ("Connection", f"close, {listed}")])
    if answer.status == 200:
        assert answer.heard.one("authorization") is None, "the service then finds no identity and refuses"
    else:
        assert answer.status == 401


def test_hop_by_hop_headers_stay_at_the_hop(caller: Caller, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    headers = [bearer, ("Connection", "close, X-Odd"), ("X-Odd", "1"), ("Keep-Alive", "timeout=9"), ("TE", "gzip")]
    heard = caller.send("GET", ME, headers).heard
    assert heard.all("x-odd") == []
    assert heard.all("keep-alive") == []


def test_the_host_is_the_clients(caller: Caller, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    assert caller.send("GET", ME, [bearer, ("Host", "app.example")]).heard.one("host") == "app.example"


def test_a_request_id_is_made_and_told_to_both_sides(
    caller: Caller, bearer: tuple[str, str], echo: dict[str, int]
) -> None:
    answer = caller.send("GET", ME, [bearer])
    request_id = answer.one("X-Request-ID") or ""
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", request_id)
    assert answer.heard.one("x-request-id") == request_id


def test_a_clients_request_id_is_kept(caller: Caller, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    answer = caller.send("GET", ME, [bearer, ("X-Request-ID", "my-own-1")])
    assert answer.one("X-Request-ID") == answer.heard.one("x-request-id") == "my-own-1"


@pytest.mark.parametrize("path", [ME, "/api/v1/user/docs", "/api/v1/auth/login"])
def test_answers_carry_the_security_headers(
    caller: Caller, bearer: tuple[str, str], echo: dict[str, int], path: str
) -> None:
    answer = caller.send("GET", f"{path}?header=Server:odd&header=Via:1.1+odd", [bearer])
    assert answer.status == 200
    check_security_headers(answer)
    assert answer.all("Server") == answer.all("Via") == []
    assert not [name for name, _ in answer.headers if name.lower().startswith("x-envoy")]


def test_the_gateways_own_refusals_carry_them_too(caller: Caller) -> None:
    answer = caller.send("GET", ME)
    assert answer.status == 401
    check_security_headers(answer)


def test_a_services_own_security_header_wins(caller: Caller, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    answer = caller.send("GET", f"{ME}?header=X-Frame-Options:SAMEORIGIN", [bearer])
    assert answer.one("X-Frame-Options") == "SAMEORIGIN"


def check_security_headers(answer: Answer) -> None:
    one = answer.one
    assert one("X-Content-Type-Options") == "nosniff"
    assert one("X-Frame-Options") == "DENY"
    assert one("Referrer-Policy") == "no-referrer"
    assert one("Content-Security-Policy") == "frame-ancestors 'none'"
    assert one("Strict-Transport-Security") == "max-age=31536000"


def test_a_header_of_eight_kilobytes_passes(caller: Caller, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    assert caller.send("GET", ME, [bearer, ("X-Long", "a" * 7_500)]).status == 200


def test_headers_without_end_are_refused(caller: Caller, target: Target, bearer: tuple[str, str]) -> None:
    answer = caller.send("GET", ME, [bearer, *((f"X-Long-{number}", "a" * 7_500) for number in range(10))])
    expected = differences.HEADERS_TOO_LARGE
    assert answer.status in (expected.kong if target.kind == "kong" else expected.envoy), expected.what

"""Who may pass: everything but the open routes asks for a token that a live key signed and that has not expired."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping

import pytest

from local_stack.keys import new_key
from local_stack.render import pem_of
from service_kit.tokens import PERSON_TOKEN, SigningKey
from tests.gateway import differences
from tests.gateway.conftest import Target
from tests.gateway.wire import Caller

ME = "/api/v1/users/me"


def b64(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def claims() -> dict[str, object]:
    return {"sub": "somebody", "exp": int(time.time()) + 300}


def unsigned(header: Mapping[str, object]) -> str:
    return f"{b64(header)}.{b64(claims())}."


def with_bearer(token: str) -> list[tuple[str, str]]:
    return [("Authorization", f"Bearer {token}")]


def test_a_valid_token_passes(caller: Caller, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    answer = caller.send("GET", ME, [bearer])
    assert (answer.status, answer.heard.path) == (200, "/users/me")
    assert answer.heard.one("authorization") == bearer[1], "services verify the token themselves"


def test_no_token_is_refused_and_told_how(caller: Caller) -> None:
    answer = caller.send("GET", ME)
    assert answer.status == 401
    assert (answer.one("WWW-Authenticate") or "").startswith("Bearer")


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer a.b.c",
        "Basic dXNlcjpwYXNz",
        "bearer",
        "Token x",
        "Bearer ..",
        "",
    ],
)
def test_what_is_no_token_is_refused(caller: Caller, value: str) -> None:
    assert caller.send("GET", ME, [("Authorization", value)]).status == 401


def test_an_expired_token_is_refused(caller: Caller, sign: Callable[..., str]) -> None:
    assert caller.send("GET", ME, with_bearer(sign(exp=int(time.time()) - 5))).status == 401


def test_a_token_that_passed_is_refused_once_it_has_expired(
    caller: Caller, sign: Callable[..., str], echo: dict[str, int]
) -> None:
    life_s, passed = 4, 401
    while passed == 401:  # though it was shown after its time, for which a busy machine gets a longer one
        expires = int(time.time()) + life_s
        token = sign(exp=expires)
        passed = caller.send("GET", ME, with_bearer(token)).status
        assert passed == 200 or time.time() > expires
        life_s *= 2
    time.sleep(max(0, expires + differences.CLOCK_SKEW.envoy + 1 - time.time()))
    assert caller.send("GET", ME, with_bearer(token)).status == 401


def test_a_token_without_expiry_is_refused(caller: Caller, sign: Callable[..., str]) -> None:
    assert caller.send("GET", ME, with_bearer(sign(exp=None))).status == 401


def test_another_key_with_its_own_id_is_refused(caller: Caller, target: Target) -> None:
    stranger = SigningKey(new_key(), "ES256")
    assert caller.send("GET", ME, with_bearer(stranger.sign(claims(), PERSON_TOKEN))).status == 401


def test_another_key_under_a_live_id_is_refused(caller: Caller, target: Target, token: str) -> None:
    assert target.signing_key is not None
    stranger = SigningKey(new_key(), "ES256")
    stranger.kid = target.signing_key.kid
    assert caller.send("GET", ME, with_bearer(stranger.sign(claims(), PERSON_TOKEN))).status == 401


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_no_algorithm_is_refused(caller: Caller, target: Target, token: str, algorithm: str) -> None:
    assert target.signing_key is not None
    header = {"alg": algorithm, "kid": target.signing_key.kid, "typ": PERSON_TOKEN}
    assert caller.send("GET", ME, with_bearer(unsigned(header))).status == 401


def test_the_public_key_is_not_taken_for_a_secret(caller: Caller, target: Target, token: str) -> None:
    assert target.signing_key is not None
    secret = pem_of(target.signing_key.public_jwk).encode()
    signed = f"{b64({'alg': 'HS256', 'kid': target.signing_key.kid})}.{b64(claims())}"
    mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    assert caller.send("GET", ME, with_bearer(f"{signed}.{b64(mac)}")).status == 401


def test_a_key_that_the_token_brings_is_not_believed(caller: Caller, target: Target, token: str) -> None:
    assert target.signing_key is not None
    stranger = SigningKey(new_key(), "ES256")
    _, payload, signature = stranger.sign(claims(), PERSON_TOKEN).split(".")
    header = {"alg": "ES256", "kid": target.signing_key.kid, "jwk": stranger.public_jwk, "jku": "http://127.0.0.1/"}
    assert caller.send("GET", ME, with_bearer(f"{b64(header)}.{payload}.{signature}")).status == 401


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_token_is_refused(caller: Caller, token: str, part: int) -> None:
    parts = token.split(".")
    middle = len(parts[part]) // 2
    parts[part] = parts[part][:middle] + ("A" if parts[part][middle] != "A" else "B") + parts[part][middle + 1 :]
    assert caller.send("GET", ME, with_bearer(".".join(parts))).status == 401


def test_a_token_without_its_signature_is_refused(caller: Caller, token: str) -> None:
    assert caller.send("GET", ME, with_bearer(token.rpartition(".")[0] + ".")).status == 401


def test_a_cookie_carries_the_token_too(caller: Caller, token: str, echo: dict[str, int]) -> None:
    assert caller.send("GET", ME, [("Cookie", f"theme=dark; access_token={token}")]).status == 200


def test_a_bad_token_in_the_cookie_is_refused(caller: Caller) -> None:
    assert caller.send("GET", ME, [("Cookie", "access_token=a.b.c")]).status == 401


def test_a_cookie_of_another_name_carries_nothing(caller: Caller, token: str) -> None:
    assert caller.send("GET", ME, [("Cookie", f"refresh_token={token}")]).status == 401


@pytest.mark.parametrize("name", ["jwt", "access_token", "token"])
def test_the_query_carries_no_token(caller: Caller, token: str, name: str) -> None:
    assert caller.send("GET", f"{ME}?{name}={token}").status == 401


def test_a_bad_cookie_beside_a_good_bearer_is_refused(caller: Caller, bearer: tuple[str, str]) -> None:
    assert caller.send("GET", ME, [bearer, ("Cookie", "access_token=a.b.c")]).status == 401


def test_a_good_cookie_does_not_help_a_bad_bearer(caller: Caller, token: str) -> None:
    headers = [*with_bearer("a.b.c"), ("Cookie", f"access_token={token}")]
    assert caller.send("GET", ME, headers).status == 401


def test_the_same_token_in_both_places_passes(
    caller: Caller, token: str, bearer: tuple[str, str], echo: dict[str, int]
) -> None:
    assert caller.send("GET", ME, [bearer, ("Cookie", f"access_token={token}")]).status == 200


def test_the_scheme_may_be_written_small(caller: Caller, token: str, echo: dict[str, int]) -> None:
    assert caller.send("GET", ME, [("Authorization", f"bearer {token}")]).status == 200


def test_a_token_without_key_id(caller: Caller, target: Target, token: str, echo: dict[str, int]) -> None:
    assert target.signing_key is not None
    from jose import jws

    bare = jws.sign(claims(), target.signing_key._key, algorithm="ES256")
    status = caller.send("GET", ME, with_bearer(bare)).status
    assert status == (401 if target.kind == "kong" else 200), differences.NO_KEY_ID.what


def test_a_token_that_is_not_valid_yet(
    caller: Caller, target: Target, sign: Callable[..., str], echo: dict[str, int]
) -> None:
    status = caller.send("GET", ME, with_bearer(sign(nbf=int(time.time()) + 60))).status
    assert status == (200 if target.kind == "kong" else 401), differences.NOT_BEFORE.what

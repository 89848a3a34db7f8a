"""Only whole, current tokens of the right type, issuer, audience and algorithm are believed."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from service_kit.tokens import PERSON_TOKEN, SERVICE_TOKEN, KeySet, SigningKey, TokenError, thumbprint
from tests.support.callers import new_private_key

KEY = SigningKey(new_private_key(), "ES256")
OTHER = SigningKey(new_private_key(), "ES256")
KEYS = KeySet.from_jwks({"keys": [KEY.public_jwk]})


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": "accounts", "aud": "api", "sub": "someone", "iat": now, "exp": now + 60, **changes}


def verify(token: str, keys: KeySet = KEYS) -> dict[str, Any]:
    return keys.verify(token, token_type=PERSON_TOKEN, issuer="accounts", audience="api")


def encode(part: dict[str, Any] | bytes) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def forged(header: dict[str, Any], secret: bytes = b"") -> str:
    signing_input = f"{encode(header)}.{encode(claims())}"
    signature = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest() if secret else b""
    return f"{signing_input}.{encode(signature)}"


def test_a_good_token_gives_its_claims() -> None:
    assert verify(KEY.sign(claims(), PERSON_TOKEN))["sub"] == "someone"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "elsewhere"}, {"aud": "other"}, {"aud": ["api", "other"]}, {"exp": int(time.time()) - 1},
        {"exp": str(int(time.time()) + 86_400)}, {"exp": True}, {"exp": None}, {"nbf": int(time.time()) + 86_400},
        {"iat": int(time.time()) + 86_400}, {"sub": None}, {"sub": 7},
    ],
)  # fmt: skip
def test_wrong_claims_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenError):
        verify(KEY.sign(claims(**changes), PERSON_TOKEN))


def test_another_type_of_token_is_refused() -> None:
    with pytest.raises(TokenError):
        verify(KEY.sign(claims(), SERVICE_TOKEN))


def test_another_key_is_refused_even_under_our_key_s_id() -> None:
    with pytest.raises(TokenError):
        verify(OTHER.sign(claims(), PERSON_TOKEN))
    impostor = SigningKey(new_private_key(), "ES256")
    impostor.kid = KEY.kid
    with pytest.raises(TokenError):
        verify(impostor.sign(claims(), PERSON_TOKEN))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": PERSON_TOKEN, "kid": KEY.kid},
        {"alg": "None", "typ": PERSON_TOKEN, "kid": KEY.kid},
        {"alg": "HS256", "typ": PERSON_TOKEN, "kid": KEY.kid},
        {"alg": "ES256", "typ": PERSON_TOKEN},
        {"alg": "ES256", "typ": PERSON_TOKEN, "kid": "unknown"},
        {"alg": "ES256", "typ": PERSON_TOKEN, "kid": KEY.kid, "jwk": "x"},
        {"alg": "ES256", "typ": PERSON_TOKEN, "kid": KEY.kid, "jku": "https://example.com"},
        {"alg": "ES256", "typ": PERSON_TOKEN, "kid": KEY.kid, "crit": ["exp"]},
        {"alg": "ES256", "typ": PERSON_TOKEN, "kid": {"a": 1}},
    ],
)
def test_tricks_in_the_header_are_refused(header: dict[str, Any]) -> None:
    with pytest.raises(TokenError):
        verify(forged(header))


def test_the_public_key_as_a_shared_secret_is_refused() -> None:
    header = {"alg": "HS256", "typ": PERSON_TOKEN, "kid": KEY.kid}
    with pytest.raises(TokenError):
        verify(forged(header, json.dumps(KEY.public_jwk).encode()))


@pytest.mark.parametrize("token", ["", ".", "..", "a.b", "a.b.c", "é.é.é", "a" * 5000, "e30.e30.e30", "bnVsbA.e30."])
def test_what_is_no_token_is_refused_and_does_not_crash(token: str) -> None:
    with pytest.raises(TokenError):
        verify(token)


def test_a_token_with_a_changed_claim_is_refused() -> None:
    header, _, signature = KEY.sign(claims(), PERSON_TOKEN).split(".")
    with pytest.raises(TokenError):
        verify(f"{header}.{encode(claims(sub='another'))}.{signature}")


def test_the_development_secret_works_only_in_its_own_key_set() -> None:
    secret = "development-secret-of-32-characters"
    token = SigningKey(secret, "HS256").sign(claims(), PERSON_TOKEN)
    assert verify(token, KeySet.symmetric(secret))["sub"] == "someone"
    with pytest.raises(TokenError):
        verify(token)
    with pytest.raises(TokenError):
        verify(KEY.sign(claims(), PERSON_TOKEN), KeySet.symmetric(secret))


def test_a_key_s_id_is_its_rfc_7638_thumbprint() -> None:
    # The hash is of this very text: required members only, in order, without white space.
    public = {
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }
    text = f'{{"crv":"P-256","kty":"EC","x":"{public["x"]}","y":"{public["y"]}"}}'
    assert thumbprint(public) == encode(hashlib.sha256(text.encode()).digest())
    assert KEY.kid == thumbprint(KEY.public_jwk)

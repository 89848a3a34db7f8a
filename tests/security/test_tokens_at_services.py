"""Forged, foreign, expired and twisted tokens are refused by each service itself, whatever a gateway would do."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from uuid_utils.compat import uuid7

from service_kit.tokens import PERSON_TOKEN, SERVICE_TOKEN, SigningKey
from tests.support.callers import SERVICES, Caller, Keys, person_claims
from tests.support.services import ORIGIN, RunningService

PROTECTED = {
    "user_service": "/admin/summary",
    "profile_service": "/preferences/me",
    "alert_service": "/alerts/me",
    "survey_service": "/survey/questions",
    "score_service": "/scores/models/current",
}


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> RunningService:
    running = request.getfixturevalue(request.param)
    assert isinstance(running, RunningService)
    return running


def ask(service: RunningService, headers: Any) -> httpx.Response:
    return service.client.get(PROTECTED[service.name], headers=headers)


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None = None) -> str:
    signing_input = f"{part(header)}.{part(claims)}"
    if secret is None:
        return f"{signing_input}."
    digest = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def corpus(keys: Keys) -> dict[str, str]:
    """Every way we know to bring a token that must not count, by name."""
    ours, stranger = keys.signing_key(), keys.signing_key("stranger")
    impostor = SigningKey(keys.path("stranger").read_text(), "ES256")
    impostor.kid = ours.kid
    somebody, now = uuid7(), int(time.time())
    good = person_claims(somebody, "admin")
    header = {"alg": "ES256", "typ": PERSON_TOKEN, "kid": ours.kid}
    jwks = keys.jwks.read_bytes()
    changed = {
        "expired": {"exp": now - 1},
        "expired long ago": {"exp": 1},
        "without expiry": {"exp": None},
        "expiry as text": {"exp": str(now + 900)},
        "not yet": {"nbf": now + 600},
        "issued in the future": {"iat": now + 600},
        "other issuer": {"iss": "score_service"},
        "other audience": {"aud": "elsewhere"},
        "list of audiences": {"aud": ["api", "elsewhere"]},
        "no subject": {"sub": None},
        "subject that is no id": {"sub": "admin"},
        "roles that are no list": {"roles": "admin"},
        "session that is no id": {"sid": 7},
    }
    signed = {name: ours.sign({**good, **changes}, PERSON_TOKEN) for name, changes in changed.items()}
    return {
        **signed,
        "unknown key": stranger.sign(good, PERSON_TOKEN),
        "other key under our key's id": impostor.sign(good, PERSON_TOKEN),
        "service token": ours.sign(good, SERVICE_TOKEN),
        "refresh token type": ours.sign(good, "rt+jwt"),
        "plain JWT type": ours.sign(good, "JWT"),
        "alg none": unsigned({**header, "alg": "none"}, good),
        "alg NONE": unsigned({**header, "alg": "NONE"}, good),
        "public key as HMAC secret": unsigned({**header, "alg": "HS256"}, good, jwks),
        "HMAC under alg ES256": unsigned(header, good, jwks),
        "jwk inside": unsigned({**header, "jwk": json.loads(jwks)["keys"][0]}, good, b"x"),
        "jku inside": unsigned({**header, "jku": "http://127.0.0.1:9/jwks.json"}, good, b"x"),
        "kid with a path": unsigned({**header, "kid": "../../dev/null"}, good, b""),
        "kid with SQL": unsigned({**header, "kid": "' OR 1=1 --"}, good, b"x"),
        "signature cut off": ".".join([*ours.sign(good, PERSON_TOKEN).split(".")[:2], ""]),
        "giant": ours.sign({**good, "padding": "x" * 6_000}, PERSON_TOKEN),
        "not a token": "not-a-token",
        "empty parts": "..",
        "opaque refresh token": "rt_" + "a" * 43,
    }


def test_every_bad_token_is_refused_and_a_good_one_is_not(
    service: RunningService, keys: Keys, new_person: Callable[..., Caller]
) -> None:
    answers = {name: ask(service, {"Authorization": f"Bearer {token}"}) for name, token in corpus(keys).items()}
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 401} == {}
    assert len(answers) >= 30
    for answer in answers.values():
        assert answer.json()["code"] == "unauthenticated"
        assert answer.headers["www-authenticate"] == "Bearer"
    assert ask(service, new_person("admin").headers).status_code == 200


def test_a_good_token_in_a_wrong_place_is_no_identity(
    service: RunningService, new_person: Callable[..., Caller]
) -> None:
    token = new_person().token
    forms: list[Any] = [
        {},
        {"Authorization": token},
        {"Authorization": f"Basic {token}"},
        {"Authorization": f"x Bearer {token}"},
        {"Authorization": f"Bearer  {token}"},
        {"Authorization": f"Bearer {token} {token}"},
        {"Authorization": "Bearer"},
        [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")],
        {"X-Access-Token": token},
        {"Cookie": f"token={token}"},
        {"Cookie": "access_token="},
    ]
    assert [form for form in forms if ask(service, form).status_code != 401] == []
    assert service.client.get(f"{PROTECTED[service.name]}?jwt={token}&access_token={token}").status_code == 401


def test_identity_headers_are_no_identity(service: RunningService, new_person: Callable[..., Caller]) -> None:
    """Behind a gateway on this machine the peer is loopback, so a forwarding header must be enough to refuse."""
    user_id = str(new_person().user_id)
    for name in ("X-User-Id", "X-Consumer-Id", "X-Authenticated-Userid", "X-Credential-Identifier"):
        assert ask(service, {name: user_id, "X-Forwarded-For": "203.0.113.7"}).status_code == 401


def test_a_cookie_is_an_identity_but_changes_nothing_from_a_foreign_page(
    profile_service: RunningService, new_person: Callable[..., Caller]
) -> None:
    person = new_person()
    cookie = {"Cookie": f"access_token={person.token}"}
    client = profile_service.client
    assert client.get("/preferences/me", headers=cookie).status_code == 200
    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": f"{ORIGIN}.evil.example"}):
        refused = client.put("/preferences/me", json={"theme": "dark"}, headers={**cookie, **origin})
        assert (refused.status_code, refused.json()["code"]) == (403, "origin_not_allowed")
    assert client.get("/preferences/me", headers=cookie).json()["theme"] == "auto"
    ours = client.put("/preferences/me", json={"theme": "dark"}, headers={**cookie, "Origin": ORIGIN})
    assert ours.status_code == 200


def test_a_bearer_counts_and_the_cookie_beside_it_does_not(
    profile_service: RunningService, new_person: Callable[..., Caller]
) -> None:
    one, other = new_person(), new_person()
    headers = {**one.headers, "Cookie": f"access_token={other.token}"}
    assert profile_service.client.put("/profile/me", json={"full_name": "One"}, headers=headers).status_code == 200
    assert profile_service.client.get("/profile/me", headers=one.headers).json()["full_name"] == "One"
    assert profile_service.client.get("/profile/me", headers=other.headers).status_code == 404

"""`/.well-known/jwks.json`, and who signs."""

import json
from pathlib import Path

from jose import jws

from service_kit.tokens import KeySet, public_jwk_of
from tests.integration.user_service.visitor import Visitor
from tests.support.callers import AUDIENCE, ISSUER, Keys
from tests.support.services import RunningService, RunService


def test_the_published_keys_verify_a_persons_token(member: Visitor) -> None:
    answer = member.call("GET", "/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert [set(key) for key in answer.json()["keys"]] == [{"kty", "crv", "x", "y", "kid", "use", "alg"}]
    claims = KeySet.from_jwks(answer.json()).verify(
        member.tokens["access_token"], token_type="at+jwt", issuer=ISSUER, audience=AUDIENCE
    )
    assert claims["sub"] == member.user_id


def test_every_live_key_and_our_own_are_published_and_believed(
    run_service: RunService, keys: Keys, tmp_path: Path
) -> None:
    old = public_jwk_of(keys.path("stranger").read_text())
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [old]}))
    member = Visitor(run_service("user_service", JWKS_FILE=str(jwks))).sign_up().sign_in()
    kids = [key["kid"] for key in member.call("GET", "/.well-known/jwks.json").json()["keys"]]
    assert kids == [old["kid"], keys.signing_key().kid]
    assert member.call("GET", "/users/me", headers=member.bearer).status_code == 200


def test_development_may_sign_with_a_shared_secret_which_is_not_published(run_service: RunService) -> None:
    service: RunningService = run_service("user_service", ALGORITHM="HS256", SECRET_KEY="s" * 32, SIGNING_KEY_FILE="")
    member = Visitor(service).sign_up().sign_in()
    assert jws.get_unverified_header(member.tokens["access_token"])["alg"] == "HS256"
    assert member.call("GET", "/users/me", headers=member.bearer).status_code == 200
    assert member.call("GET", "/.well-known/jwks.json").json() == {"keys": []}

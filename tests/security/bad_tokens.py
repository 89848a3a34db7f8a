"""Every way we know to bring a token that must not count, and where to bring it."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from jose import jws
from uuid_utils.compat import uuid7

from service_kit.tokens import PERSON_TOKEN, SERVICE_TOKEN, SigningKey
from tests.support.callers import Keys, person_claims

PROTECTED = {
    "user_service": "/admin/summary",
    "profile_service": "/preferences/me",
    "alert_service": "/alerts/me",
    "survey_service": "/survey/questions",
    "score_service": "/scores/models/current",
}


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None = None) -> str:
    signing_input = f"{part(header)}.{part(claims)}"
    if secret is None:
        return f"{signing_input}."
    digest = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def with_key_of_its_own(stranger: SigningKey, claims: dict[str, Any]) -> str:
    """Signed by the key that the header brings along."""
    header = {"typ": PERSON_TOKEN, "jwk": stranger.public_jwk}
    return str(jws.sign(claims, stranger._key, headers=header, algorithm="ES256"))


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
        "no issuer": {"iss": None},
        "no audience": {"aud": None},
        "expiry beyond all bounds": {"exp": 10**30},
        "expiry that is no number": {"exp": True},
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
        "jwk of one's own": with_key_of_its_own(stranger, good),
        "x5c inside": unsigned({**header, "x5c": ["AAAA"]}, good, b"x"),
        "critical extension": unsigned({**header, "crit": ["exp"]}, good, b"x"),
        "kid that is no text": unsigned({**header, "kid": {"a": 1}}, good, b"x"),
        "alg that is no text": unsigned({**header, "alg": ["ES256"]}, good, b"x"),
        "RS256": unsigned({**header, "alg": "RS256"}, good, b"x"),
        "header that is no object": f"{part([])}.{part(good)}.AAAA",
        "claims that are no object": f"{part(header)}.{part([])}.AAAA",
        "null bytes": "\\x00".join(ours.sign(good, PERSON_TOKEN).split(".")),
        "encrypted": ".".join([part({"alg": "dir", "enc": "A256GCM"}), "", "AAAA", "AAAA", "AAAA"]),
        "four parts": ours.sign(good, PERSON_TOKEN) + ".AAAA",
        "signature of zeros": ".".join([*ours.sign(good, PERSON_TOKEN).split(".")[:2], "A" * 86]),
        "deeply nested": f"{part(header)}.{base64.urlsafe_b64encode(b'[' * 3_000).decode().rstrip('=')}.AAAA",
        "not a token": "not-a-token",
        "empty parts": "..",
        "opaque refresh token": "rt_" + "a" * 43,
    }


def misplaced(token: str) -> dict[str, Any]:
    """A good token where no token is looked for, by name."""
    return {
        "none": {},
        "without scheme": {"Authorization": token},
        "other scheme": {"Authorization": f"Basic {token}"},
        "scheme alone": {"Authorization": "Bearer"},
        "two in one": {"Authorization": f"Bearer {token} {token}"},
        "twice": [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")],
        "own header": {"X-Access-Token": token},
        "cookie of another name": {"Cookie": f"token={token}"},
        "as refresh token": {"Cookie": f"refresh_token={token}"},
        "empty cookie": {"Cookie": "access_token="},
    }

"""Signing and verifying JWTs: every call of python-jose is here, with fixed algorithms and strict headers.

Two kinds of token exist: people's (`at+jwt`, signed by the user service alone) and services' own (`svc+jwt`).
"""

import base64
import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import orjson
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jose import jwk, jws
from jose.exceptions import JOSEError

PERSON_TOKEN = "at+jwt"  # noqa: S105 - a media type, not a secret
SERVICE_TOKEN = "svc+jwt"  # noqa: S105
SERVICE_TOKEN_LIFE_S = 60
# Whatever is set: how long a token may outlive what it was issued for, and so how long a revocation is remembered.
PERSON_TOKEN_LIFE_MAX_S = 3_600
TOKEN_LENGTH_MAX = 4_096
SYMMETRIC_KID = "development"

Jwk = dict[str, str]


class TokenError(Exception):
    """The token is not one of ours, or not for us, or not for now. It does not say which to callers."""


def thumbprint(public_jwk: Mapping[str, str]) -> str:
    """RFC 7638: the key's id is the hash of its required members, so the same key has the same id everywhere."""
    required = {name: public_jwk[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(orjson.dumps(required, option=orjson.OPT_SORT_KEYS)).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class SigningKey:
    """A private key with the id and the public half that belong to it; or, in development, a shared secret."""

    def __init__(self, secret: str, algorithm: str) -> None:
        self.algorithm = algorithm
        if algorithm == "HS256":
            self._key, self.kid = jwk.construct(secret, "HS256"), SYMMETRIC_KID
            return
        self._key = jwk.construct(secret, "ES256")
        self.public_jwk = public_jwk_of(secret)
        self.kid = self.public_jwk["kid"]

    @classmethod
    def from_file(cls, path: Path) -> "SigningKey":
        return cls(path.read_text(), "ES256")

    def sign(self, claims: Mapping[str, Any], token_type: str) -> str:
        headers = {"typ": token_type, "kid": self.kid}
        return cast("str", jws.sign(dict(claims), self._key, headers=headers, algorithm=self.algorithm))


def public_jwk_of(private_pem: str) -> Jwk:
    numbers = load_pem_private_key(private_pem.encode(), password=None).public_key().public_numbers()  # type: ignore[union-attr]

    def coordinate(value: int) -> str:
        return base64.urlsafe_b64encode(value.to_bytes(32, "big")).decode().rstrip("=")

    public = {"kty": "EC", "crv": "P-256", "x": coordinate(numbers.x), "y": coordinate(numbers.y)}  # type: ignore[union-attr]
    return {**public, "kid": thumbprint(public), "use": "sig", "alg": "ES256"}


class KeySet:
    """The keys that are believed, by key id, all of one algorithm."""

    def __init__(self, algorithm: str, keys: Mapping[str, Any]) -> None:
        self.algorithm = algorithm
        self._keys = dict(keys)

    @classmethod
    def from_jwks(cls, jwks: Mapping[str, Any]) -> "KeySet":
        return cls("ES256", {key["kid"]: jwk.construct(key, "ES256") for key in jwks["keys"]})

    @classmethod
    def symmetric(cls, secret: str) -> "KeySet":
        return cls("HS256", {SYMMETRIC_KID: jwk.construct(secret, "HS256")})

    @property
    def kids(self) -> frozenset[str]:
        return frozenset(self._keys)

    def verify(self, token: str, *, token_type: str, issuer: str, audience: str) -> dict[str, Any]:
        """Return the claims of a token that is whole, current, of this type, from this issuer and for this audience.

        Raises TokenError otherwise. There is no leeway: all clocks here are one machine's or kept by NTP,
        and the shortest-lived token lives 60 seconds.
        """
        claims = self.open(token, token_type)
        _check_claims(claims, issuer, audience)
        return claims

    def open(self, token: str, token_type: str) -> dict[str, Any]:
        """What one of these keys signed as this type, of whatever age. Raises TokenError."""
        header = unverified_header(token)
        if set(header) != {"alg", "typ", "kid"} or header["alg"] != self.algorithm or header["typ"] != token_type:
            raise TokenError
        key = self._keys.get(header["kid"])
        if key is None:
            raise TokenError
        try:
            claims = orjson.loads(jws.verify(token, key, self.algorithm))
        except (JOSEError, ValueError) as error:
            raise TokenError from error
        if not isinstance(claims, dict):
            raise TokenError
        return claims


def unverified_header(token: str) -> dict[str, Any]:
    if len(token) > TOKEN_LENGTH_MAX:
        raise TokenError
    try:
        header = jws.get_unverified_header(token)
    except (JOSEError, ValueError) as error:
        raise TokenError from error
    if not isinstance(header, dict) or not all(isinstance(value, str) for value in header.values()):
        raise TokenError
    return header


def _check_claims(claims: dict[str, Any], issuer: str, audience: str) -> None:
    now = time.time()
    if claims.get("iss") != issuer or claims.get("aud") != audience:
        raise TokenError
    expires, starts = claims.get("exp"), claims.get("nbf", claims.get("iat", now))
    if not isinstance(expires, int) or isinstance(expires, bool) or not isinstance(starts, int | float):
        raise TokenError
    # A token from the next second is not refused: `iat` is a whole second and clocks of two machines differ a little.
    if expires <= now or starts > now + 1 or not isinstance(claims.get("sub"), str):
        raise TokenError

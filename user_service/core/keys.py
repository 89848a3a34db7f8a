"""What this service alone holds: the key that signs people's tokens, and the key that derives and conceals."""

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

import orjson

from service_kit.tokens import PERSON_TOKEN, Jwk, SigningKey
from user_service.core.settings import Settings

SHORT_CODE_DIGITS = 8


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a sign-in or a refresh hands out; the lives are in seconds."""

    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    user: Any
    # By which the device is known from now on; a refresh hands out none.
    device_token: str | None = None


class Keys:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._signing = _signing_key(settings)
        self._secret = bytes.fromhex(settings.refresh_key.get_secret_value())
        self.public = _public_keys(settings, self._signing)
        self.session_life = timedelta(days=settings.refresh_token_expire_days)

    def signed_in(
        self, user: Any, session_id: UUID, session_ends: datetime, refresh_token: str, device_token: str | None = None
    ) -> SignedIn:
        """Tokens for a session of `user`, a row of `users`."""
        now, ends = int(time.time()), int(session_ends.timestamp())
        # A token never outlives its session: one that has expired is not revoked when the account is disabled.
        life = min(self._settings.access_token_expire_minutes * 60, ends - now)
        claims = {
            "iss": self._settings.token_issuer,
            "aud": self._settings.token_audience,
            "sub": str(user.id),
            "sid": str(session_id),
            "roles": ["admin"] if user.is_admin else [],
            "iat": now,
            "exp": now + life,
        }
        access_token = self._signing.sign(claims, PERSON_TOKEN)
        return SignedIn(access_token, life, refresh_token, ends - now, user, device_token)

    def child_of(self, refresh_token: str) -> str:
        """The one token that may follow this one: always the same, so it need not be stored (ADR 0007)."""
        return base64.urlsafe_b64encode(self._mac(refresh_token)).decode().rstrip("=")

    def code_token(self, code_id: UUID) -> str:
        """The long form of a code, for a link. Neither form is stored: both follow from the code's id."""
        return base64.urlsafe_b64encode(self._mac(f"code:{code_id}")).decode().rstrip("=")

    def short_code(self, code_id: UUID) -> str:
        """The form of a code that somebody can type."""
        number = int.from_bytes(self._mac(f"short-code:{code_id}"), "big")
        return f"{number % 10**SHORT_CODE_DIGITS:0{SHORT_CODE_DIGITS}}"

    def conceal(self, kind: str, value: str) -> bytes:
        """A keyed hash, by which the database recognises an address without holding it."""
        # The colon keeps these apart from refresh tokens, whose alphabet has none.
        return self._mac(f"{kind}:{value}")

    def _mac(self, value: str) -> bytes:
        return hmac.digest(self._secret, value.encode(), "sha256")


def new_token() -> str:
    """For a refresh token or a device."""
    return token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """How a token is stored. A plain hash will do: what cannot be guessed cannot be found by trying either."""
    return hashlib.sha256(token.encode()).digest()


def _signing_key(settings: Settings) -> SigningKey:
    if settings.algorithm == "HS256":
        assert settings.secret_key is not None
        return SigningKey(settings.secret_key.get_secret_value(), "HS256")
    assert settings.signing_key_file is not None
    return SigningKey.from_file(settings.signing_key_file)


def _public_keys(settings: Settings, signing: SigningKey) -> list[Jwk]:
    """Every live key of the rendered file, and our own if the file does not have it yet."""
    if settings.algorithm == "HS256":
        return []
    listed: list[Jwk] = orjson.loads(settings.jwks_file.read_bytes())["keys"] if settings.jwks_file else []
    known = {key["kid"] for key in listed}
    return listed if signing.kid in known else [*listed, signing.public_jwk]

"""Who is calling: a person by access token or cookie, or another service by its own token.

Every service verifies for itself; no header is believed because the gateway forwarded it (ADR 0004). Each service's
`core/auth.py` says in its own words what callers may do.
"""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from http.cookies import CookieError
from typing import Annotated, Any, cast
from uuid import UUID

import httpx
import orjson
import structlog
from fastapi import Depends, Path, Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase
from starlette.datastructures import Headers

from service_kit import tokens
from service_kit.problems import Forbidden, NotFound, Unauthenticated, Unavailable, id_of
from service_kit.revocations import Revocations
from service_kit.settings import ServiceSettings

log = structlog.get_logger()

ACCESS_COOKIE = "access_token"
CACHED_TOKENS_MAX = 10_000
KEYS_REFRESH_S = 15
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORWARDING_HEADERS = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


class ForeignOrigin(Forbidden):
    code, title = "origin_not_allowed", "A cookie is only accepted from this system's own pages."


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person. `expires_at` is the token's, in seconds since the epoch."""

    user_id: UUID
    session_id: UUID | None
    roles: frozenset[str]
    expires_at: int

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles


class Authenticator:
    """Verifies tokens against keys that come from a rendered file first and are refreshed over HTTP."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self._keys = self._initial_keys()
        self._verified: OrderedDict[str, Principal] = OrderedDict()
        self._callers = self._caller_keys()
        self.revocations = Revocations(settings)

    def _initial_keys(self) -> tokens.KeySet:
        if self.settings.algorithm == "HS256":
            assert self.settings.secret_key is not None
            return tokens.KeySet.symmetric(self.settings.secret_key.get_secret_value())
        if self.settings.jwks_file is None:
            return tokens.KeySet("ES256", {})
        return tokens.KeySet.from_jwks(orjson.loads(self.settings.jwks_file.read_bytes()))

    def _caller_keys(self) -> dict[str, tokens.KeySet]:
        if self.settings.caller_keys_file is None:
            return {}
        callers = orjson.loads(self.settings.caller_keys_file.read_bytes())
        return {name: tokens.KeySet.from_jwks({"keys": [key]}) for name, key in callers.items()}

    async def follow_keys(self, client: httpx.AsyncClient) -> None:
        """Refresh the public keys for as long as the service runs; a key set that is no longer served is forgotten."""
        if self.settings.algorithm == "HS256" or self.settings.jwks_url is None:
            return
        while True:
            try:
                response = await client.get(self.settings.jwks_url, timeout=2)
                self.use(tokens.KeySet.from_jwks(response.raise_for_status().json()))
            except (httpx.HTTPError, KeyError, ValueError, TypeError) as error:
                # The keys in hand stay good: a stopped user service stops nobody.
                log.warning("keys_not_refreshed", exc_type=type(error).__name__)
            await asyncio.sleep(KEYS_REFRESH_S)

    def use(self, keys: tokens.KeySet) -> None:
        if keys.kids != self._keys.kids:
            self._keys = keys
            self._verified.clear()

    def person(self, token: str, now: float) -> Principal:
        """The person a token speaks for. Verified tokens are remembered until they expire. Raises TokenError."""
        principal = self._verified.get(token) or self._verify(token)
        if principal.expires_at <= now or principal.session_id in self.revocations:
            del self._verified[token]
            raise tokens.TokenError
        return principal

    def _verify(self, token: str) -> Principal:
        principal = self._verified[token] = _principal(self.claims(token))
        if len(self._verified) > CACHED_TOKENS_MAX:
            self._verified.popitem(last=False)
        return principal

    def claims(self, token: str) -> dict[str, Any]:
        return self._keys.verify(
            token,
            token_type=tokens.PERSON_TOKEN,
            issuer=self.settings.token_issuer,
            audience=self.settings.token_audience,
        )

    def service(self, token: str) -> str:
        """The name of the service whose own token this is, if it is one that may call here. Raises TokenError."""
        kid = tokens.unverified_header(token).get("kid")
        for name, keys in self._callers.items():
            if kid in keys.kids:
                claims = keys.verify(
                    token, token_type=tokens.SERVICE_TOKEN, issuer=name, audience=self.settings.service
                )
                if claims["sub"] == name:
                    return name
        raise tokens.TokenError


def _principal(claims: dict[str, Any]) -> Principal:
    roles = claims.get("roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise tokens.TokenError
    try:
        session_id = UUID(claims["sid"]) if "sid" in claims else None
        return Principal(UUID(claims["sub"]), session_id, frozenset(roles), claims["exp"])
    except (ValueError, AttributeError, TypeError) as error:
        raise tokens.TokenError from error


def authenticator_of(request: Request) -> Authenticator:
    return cast("Authenticator", request.app.state.authenticator)


def bearer_token(headers: Headers) -> str | None:
    """The one Bearer token of a request, or None. Two of them, or another scheme, is no identity at all."""
    values = headers.getlist("authorization")
    if not values:
        return None
    scheme, _, token = values[0].partition(" ")
    if len(values) > 1 or scheme.lower() != "bearer" or not token or " " in token:
        raise Unauthenticated
    return token


def check_cookie_origin(request: Request, settings: ServiceSettings) -> None:
    """Shut cross-site requests out: an unsafe request that leans on a cookie must come from a listed origin."""
    if request.method not in SAFE_METHODS and request.headers.get("origin") not in settings.allowed_origins:
        raise ForeignOrigin


def _called_on_this_machine(request: Request) -> bool:
    host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    peer = request.client.host if request.client else ""
    return (
        peer in {"127.0.0.1", "::1"}
        and host in {"localhost", "127.0.0.1", "[::1]"}
        and not any(name in request.headers for name in FORWARDING_HEADERS)
    )


def _local_user(request: Request, settings: ServiceSettings) -> Principal | None:
    """`X-User-Id`, the documented way to call a service by hand on the machine itself (architecture, identity)."""
    values = request.headers.getlist("x-user-id")
    if settings.production or not settings.user_id_header or len(values) != 1 or not _called_on_this_machine(request):
        return None
    try:
        return Principal(UUID(values[0]), None, frozenset(), 0)
    except ValueError:
        return None


def find_person(request: Request) -> Principal | None:
    """The signed-in person of a request, or None when it brings no identity. A bad identity is 401, not None."""
    authenticator = authenticator_of(request)
    token = bearer_token(request.headers)
    if token is None and "cookie" in request.headers:
        try:
            token = request.cookies.get(ACCESS_COOKIE)
        except CookieError as error:
            raise Unauthenticated from error
        if token is not None:
            check_cookie_origin(request, authenticator.settings)
    if token is None:
        return None if "cookie" in request.headers else _local_user(request, authenticator.settings)
    try:
        return authenticator.person(token, time.time())
    except tokens.TokenError as error:
        raise Unauthenticated from error


class _Person(SecurityBase):
    """The dependency behind `Person`; a class because that is how FastAPI learns the scheme for Swagger."""

    def __init__(self) -> None:
        self.model = HTTPBearerModel(bearerFormat="JWT", description="The `access_token` of POST /auth/login")
        self.scheme_name = "access_token"

    async def __call__(self, request: Request) -> Principal:
        person = find_person(request)
        if person is None:
            raise Unauthenticated
        return person


person_of = _Person()
Person = Annotated[Principal, Depends(person_of)]


async def _person_for_certain(request: Request, person: Person) -> Principal:
    if authenticator_of(request).revocations.silent:
        raise Unavailable(retry_after_s=5)
    return person


# For deletions and changes of credentials: 503 while nobody can say whether this person's session has ended.
PersonForCertain = Annotated[Principal, Depends(_person_for_certain)]


async def administrator(request: Request, person: Person) -> Principal:
    if not person.is_admin:
        raise Forbidden
    return await _person_for_certain(request, person)


Administrator = Annotated[Principal, Depends(administrator)]


class _OwnId(_Person):
    """A person and what is theirs in one dependency, since most requests have it and each one more costs them 5 µs."""

    async def __call__(  # type: ignore[override]
        self, request: Request, user_id: Annotated[str, Path(description="Your own id, or `me`")]
    ) -> UUID:
        person = await super().__call__(request)
        if user_id == "me":
            return person.user_id
        wanted = id_of(user_id, NotFound)
        if wanted != person.user_id:
            if not person.is_admin:
                raise NotFound
            await _person_for_certain(request, person)
        return wanted


# The `{user_id}` of a path, when the caller may see that person's things: their own, or any for an administrator.
OwnUserId = Annotated[UUID, Depends(_OwnId())]


class ServiceCaller(SecurityBase):
    """`Annotated[str, Depends(ServiceCaller("that_service"))]`: only the named services, by their own tokens."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.model = HTTPBearerModel(bearerFormat="JWT", description=f"Service token of {', '.join(names)}")
        self.scheme_name = "service_token"

    async def __call__(self, request: Request) -> str:
        token = bearer_token(request.headers)
        try:
            name = authenticator_of(request).service(token) if token else None
        except tokens.TokenError as error:
            raise Unauthenticated from error
        if name not in self.names:
            raise Unauthenticated
        return name

"""The cookies of browsers: two that let a page sign in without a token in its scripts, one by which they are known."""

from http.cookies import CookieError
from typing import Annotated

from fastapi import Depends, Request, Response

from service_kit.auth import ACCESS_COOKIE, check_cookie_origin
from user_service.core.keys import SignedIn
from user_service.core.settings import Settings

REFRESH_COOKIE = "refresh_token"
DEVICES_COOKIE = "devices"
DEVICES_COOKIE_LIFE_S = 365 * 24 * 3600
# The accounts that people of one browser use; each has a token there.
DEVICE_TOKENS_MAX = 5
DEVICE_TOKEN_LENGTH_MAX = 64
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class SessionCookies:
    """Reads the cookies of one request and sets those of its answer."""

    def __init__(self, request: Request, response: Response) -> None:
        self._request, self._response = request, response
        self._settings: Settings = request.app.state.settings

    def keep(self, signed_in: SignedIn) -> None:
        self._set(ACCESS_COOKIE, signed_in.access_token, signed_in.expires_in)
        self._set(REFRESH_COOKIE, signed_in.refresh_token, signed_in.refresh_expires_in)
        if signed_in.device_token is not None:
            self.keep_device(signed_in.device_token)

    def keep_device(self, token: str) -> None:
        """Put a token in front of those the browser has."""
        others = (each for each in device_tokens_of(self._request) if each != token)
        self._set(DEVICES_COOKIE, ".".join([token, *others][:DEVICE_TOKENS_MAX]), DEVICES_COOKIE_LIFE_S)

    def clear(self) -> None:
        """Take back the cookies this request brought; others' pages cannot make it bring any."""
        for name in (ACCESS_COOKIE, REFRESH_COOKIE):
            if cookie_of(self._request, name) is not None:
                self._set(name, "", 0)

    def read(self, name: str) -> str | None:
        """A cookie's value. A request that leans on it must come from one of our own pages, else 403."""
        value = cookie_of(self._request, name)
        if value is not None:
            check_cookie_origin(self._request, self._settings)
        return value

    def _set(self, name: str, value: str, max_age: int) -> None:
        self._response.set_cookie(
            name, value, max_age=max_age, path="/", httponly=True, samesite="strict", secure=self._secure
        )

    @property
    def _secure(self) -> bool:
        # Development may trust these headers from anyone: all a caller can change is the flag of its own cookie.
        headers, url = self._request.headers, self._request.url
        scheme = headers.get("x-forwarded-proto", url.scheme)
        return self._settings.production or scheme != "http" or url.hostname not in LOCAL_HOSTS


def cookie_of(request: Request, name: str) -> str | None:
    try:
        return request.cookies.get(name)
    except CookieError:
        return None  # cookies that cannot be read are none


def device_tokens_of(request: Request) -> tuple[str, ...]:
    """The tokens of the devices cookie. They say which limit a guess counts against, and nothing about who is calling,
    so other sites' pages could do nothing by them, and no origin is asked for."""
    tokens = (cookie_of(request, DEVICES_COOKIE) or "").split(".")[:DEVICE_TOKENS_MAX]
    return tuple(token for token in tokens if 0 < len(token) <= DEVICE_TOKEN_LENGTH_MAX)


async def _cookies(request: Request, response: Response) -> SessionCookies:
    return SessionCookies(request, response)


Cookies = Annotated[SessionCookies, Depends(_cookies)]

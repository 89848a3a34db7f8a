"""The two cookies of browsers, which let a page sign in without a token in its scripts (ADR 0007)."""

from http.cookies import CookieError
from typing import Annotated

from fastapi import Depends, Request, Response

from service_kit.auth import ACCESS_COOKIE, check_cookie_origin
from user_service.core.keys import SignedIn
from user_service.core.settings import Settings

REFRESH_COOKIE = "refresh_token"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class SessionCookies:
    """Reads the cookies of one request and sets those of its answer."""

    def __init__(self, request: Request, response: Response) -> None:
        self._request, self._response = request, response
        self._settings: Settings = request.app.state.settings

    def keep(self, signed_in: SignedIn) -> None:
        self._set(ACCESS_COOKIE, signed_in.access_token, signed_in.expires_in)
        self._set(REFRESH_COOKIE, signed_in.refresh_token, signed_in.refresh_expires_in)

    def clear(self) -> None:
        """Take back the cookies this request brought; others' pages cannot make it bring any."""
        for name in (ACCESS_COOKIE, REFRESH_COOKIE):
            if self._find(name) is not None:
                self._set(name, "", 0)

    def read(self, name: str) -> str | None:
        """A cookie's value. A request that leans on it must come from one of our own pages, else 403."""
        value = self._find(name)
        if value is not None:
            check_cookie_origin(self._request, self._settings)
        return value

    def _find(self, name: str) -> str | None:
        try:
            return self._request.cookies.get(name)
        except CookieError:
            return None  # cookies that cannot be read are none

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


async def _cookies(request: Request, response: Response) -> SessionCookies:
    return SessionCookies(request, response)


Cookies = Annotated[SessionCookies, Depends(_cookies)]

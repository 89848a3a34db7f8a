"""Somebody at the door of the user service: a browser or an app, at an address of its own."""

from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from secrets import randbelow
from typing import Any
from uuid import uuid4

import httpx

from tests.support.services import RunningService
from tests.support.waiting import PATIENCE_S, patiently

PASSWORD = "rice-paper-lantern"

# It keeps no cookies, so that a test says which ones it sends. Nor does it keep connections: hundreds of threads would
# close them under each other's hands.
_client = httpx.Client(
    timeout=PATIENCE_S,
    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
)


def new_email() -> str:
    return f"{uuid4().hex}@example.com"


def new_address() -> str:
    return ".".join(str(1 + randbelow(254)) for _ in range(4))


@dataclass
class Visitor:
    """Signs up and in, and calls with headers of its own."""

    service: RunningService
    email: str = field(default_factory=new_email)
    password: str = PASSWORD
    address: str = field(default_factory=new_address)
    user_agent: str = "test-browser/1"
    user_id: str = ""
    tokens: dict[str, Any] = field(default_factory=dict)

    def call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **request: Any) -> httpx.Response:
        sent = {"X-Forwarded-For": self.address, "User-Agent": self.user_agent, **(headers or {})}
        return _client.request(method, self.service.base_url + path, headers=sent, **request)

    def post(self, path: str, body: Any = None, **request: Any) -> httpx.Response:
        return self.call("POST", path, json=body, **request) if body is not None else self.call("POST", path, **request)

    def sign_up(self, **more: Any) -> "Visitor":
        account = {"email": self.email, "password": self.password, **more}
        answer = patiently(lambda: self.post("/auth/signup", account))
        assert answer.status_code == 201, answer.text
        self.user_id = answer.json()["id"]
        return self

    def try_password(self, password: str) -> httpx.Response:
        return self.post("/auth/login", {"email": self.email, "password": password})

    def sign_in(self) -> "Visitor":
        answer = patiently(lambda: self.try_password(self.password))
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        return self

    def on_another_device(self) -> "Visitor":
        """The same person elsewhere, signed in there."""
        other = Visitor(self.service, self.email, self.password, user_id=self.user_id, user_agent="test-phone/1")
        return other.sign_in()

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def refresh(self, token: str | None = None) -> httpx.Response:
        return self.post("/auth/refresh", {"refresh_token": token or self.tokens["refresh_token"]})


def code(answer: httpx.Response) -> str:
    """The code of a problem document; anything else fails the test."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return str(answer.json()["code"])

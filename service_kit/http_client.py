"""Calls to the other services: one client per process, this service's own token, firm time limits.

They carry the id of the request they are made for, and its language, so that a refusal can be handed on as it is. A
client follows no redirects and repeats only what is safe to repeat.
"""

import time
from collections.abc import Mapping
from typing import Any

import httpx
import stamina
import structlog

from service_kit import tokens
from service_kit.problems import Unavailable
from service_kit.settings import ServiceSettings

log = structlog.get_logger()

TIMEOUT = httpx.Timeout(2.0, connect=0.5)
TOKEN_REUSED_S = 30


class ServiceClient:
    """Calls one other service, `audience`, at `base_url`, over the process's shared `httpx.AsyncClient`."""

    def __init__(self, settings: ServiceSettings, client: httpx.AsyncClient, audience: str, base_url: str) -> None:
        if settings.service_key_file is None:
            raise ValueError("SERVICE_KEY_FILE is needed to call another service")
        self._caller, self._audience = settings.service, audience
        self._key = tokens.SigningKey.from_file(settings.service_key_file)
        self._client, self._base_url = client, base_url.rstrip("/")
        self._token, self._token_until = "", 0.0

    def _headers(self) -> dict[str, str]:
        now = time.time()
        if now >= self._token_until:
            claims = {
                "iss": self._caller, "sub": self._caller, "aud": self._audience,
                "iat": int(now), "exp": int(now) + tokens.SERVICE_TOKEN_LIFE_S,
            }  # fmt: skip
            self._token = self._key.sign(claims, tokens.SERVICE_TOKEN)
            self._token_until = now + TOKEN_REUSED_S
        headers = {"Authorization": f"Bearer {self._token}"}
        request = structlog.contextvars.get_contextvars()
        passed_on = {"X-Request-ID": "request_id", "Accept-Language": "language"}
        return headers | {header: request[key] for header, key in passed_on.items() if key in request}

    async def get(self, path: str) -> httpx.Response:
        return await self._repeat("GET", path)

    async def wait_for(self, path: str, seconds: float) -> httpx.Response:
        """One GET whose answer may take so long. Raises httpx.HTTPError when none came."""
        return await self.send("GET", path, patience=httpx.Timeout(seconds, connect=0.5))

    async def ask(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """A POST that changes nothing over there, so that it is repeated as a GET is."""
        return await self._repeat("POST", path, body)

    async def _repeat(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """Up to three attempts within two seconds; raises Unavailable when the other service does not answer."""
        try:
            async for attempt in stamina.retry_context(
                on=httpx.HTTPError, attempts=3, timeout=2.0, wait_initial=0.05, wait_max=0.4
            ):
                with attempt:
                    response = await self.send(method, path, body)
                    return response.raise_for_status() if response.is_server_error else response
        except httpx.HTTPError as error:
            log.warning("service_unreachable", peer=self._audience, exc_type=type(error).__name__)
            raise Unavailable(retry_after_s=2) from error
        raise AssertionError("the retry loop always returns or raises")

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, patience: httpx.Timeout = TIMEOUT
    ) -> httpx.Response:
        """One attempt. Raises httpx.HTTPError when no answer came; the caller decides whether to send it again."""
        return await self._client.request(
            method, self._base_url + path, json=body, headers=self._headers(), timeout=patience
        )

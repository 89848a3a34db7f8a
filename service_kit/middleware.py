"""The one middleware, pure ASGI: request id, body limit, log line and metrics of every request."""

import re
import time
from collections.abc import Mapping
from functools import lru_cache
from secrets import token_hex
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service_kit.health import request_seconds, requests_total
from service_kit.languages import negotiate
from service_kit.problems import BodyTooLarge, Unexpected, render

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger()


class RequestMiddleware:
    # Set when the process was asked to leave: whoever calls is to come by another connection next time.
    leaving = False

    def __init__(self, app: ASGIApp, *, body_bytes_max: int, body_bytes_max_by_path: Mapping[str, int]) -> None:
        self._app, self._limit, self._limits = app, body_bytes_max, body_bytes_max_by_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Each look into starlette's `Headers` would go through all of them, and each change to an answer's as well.
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if REQUEST_ID.fullmatch(given) else token_hex(12)
        started = time.perf_counter()
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = answer = [*message["headers"], (b"x-request-id", request_id.encode())]
                # Everything here is somebody's own; only what says otherwise (static files) may be kept by caches.
                if b"cache-control" not in dict(answer):
                    answer.append((b"cache-control", b"no-store"))
                if self.leaving:
                    answer.append((b"connection", b"close"))
            await send(message)

        # The server gives each request a context of its own, so that nothing has to be taken back.
        language = negotiate(headers.get(b"accept-language", b"").decode("latin-1"))
        structlog.contextvars.bind_contextvars(request_id=request_id, language=language)
        try:
            await self._limited(scope, headers, receive, send_with_id)
        except Exception:
            # Here and not in a handler of the application's, which would answer outside, without the request's id.
            log.exception("unexpected_error")
            if status is not None:
                raise
            await render(Request(scope), Unexpected())(scope, receive, send_with_id)
        finally:
            _record(scope, status or 500, time.perf_counter() - started)

    async def _limited(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        limit = self._limits.get(scope["path"], self._limit)
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            await render(Request(scope), BodyTooLarge())(scope, receive, send)
            return
        if b"transfer-encoding" not in headers:
            await self._app(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge
            return message

        await self._app(scope, counted, send)


def _record(scope: Scope, status: int, seconds: float) -> None:
    route: Any = scope.get("route")
    path = getattr(route, "path", "unmatched")
    method = scope["method"] if route is not None else "OTHER"
    total, duration = _meters(method, path, status)
    total.inc()
    duration.observe(seconds)
    log.info("request", method=method, route=path, status=status, duration_ms=round(seconds * 1000, 2))


@lru_cache(maxsize=1_024)
def _meters(method: str, path: str, status: int) -> tuple[Counter, Histogram]:
    # Looking a label's meter up costs more than counting in it.
    return requests_total.labels(method, path, status), request_seconds.labels(method, path)

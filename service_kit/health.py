"""`/health/live`, `/health/ready` and `/metrics` of every service; the gateway does not route them."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping

import structlog
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

CHECK_LIMIT_S = 1.0

# A check returns when all is well and raises when it is not.
Check = Callable[[], Awaitable[None]]
STATES = ("ready", "degraded", "not_ready")

log = structlog.get_logger()

requests_total = Counter("http_requests_total", "Requests answered", ["method", "route", "status"])
request_seconds = Histogram(
    "http_request_duration_seconds",
    "Time to answer",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


class Degraded(Exception):  # noqa: N818 - a state, not a fault
    """Raised by a check when the service goes on, though not with everything."""


def health_router(checks: Mapping[str, Check]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/health/ready")
    async def ready() -> JSONResponse:
        outcomes = await asyncio.gather(*(_outcome(name, check) for name, check in checks.items()))
        state = max(outcomes, key=STATES.index)
        well = {name: each == "ready" for name, each in zip(checks, outcomes, strict=True)}
        status = 503 if state == "not_ready" else 200
        return JSONResponse({"status": state, "checks": well, "process": os.getpid()}, status)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _outcome(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_LIMIT_S):
            await check()
    except Degraded:
        return "degraded"
    except Exception as error:  # noqa: BLE001 - whatever fails, the answer is "not ready", and the log says why
        log.warning("not_ready", kind=name, exc_type=type(error).__name__)
        return "not_ready"
    return "ready"

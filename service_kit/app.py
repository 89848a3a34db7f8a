"""`create_service`: the one factory. It fixes the order of everything that is alike in all services.

What differs between services is its arguments. Its lifespan migrates, connects, follows the keys, and freezes the
collector before the first request is served.
"""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import fastapi_offline
import httpx
import structlog
from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from service_kit.auth import Authenticator
from service_kit.database import AWAY, Database
from service_kit.health import Check, health_router
from service_kit.logging import configure_logging
from service_kit.middleware import RequestMiddleware
from service_kit.problems import Malformed, Problem, ProblemDocument, add_problem_handlers, problems
from service_kit.revisions import is_newest
from service_kit.revocations import over_http
from service_kit.settings import ServiceSettings

log = structlog.get_logger()

Part = Callable[[FastAPI], AbstractAsyncContextManager[None]]

SWAGGER_FILES = Path(fastapi_offline.__file__).parent / "static"
ACCEPT_LANGUAGE = {
    "name": "Accept-Language", "in": "header", "schema": {"type": "string"}, "example": "vi-VN, vi;q=0.9, en;q=0.8",
    "description": "The language of texts for people, problems included: one of en, vi, zh, and en for any other",
}  # fmt: skip


def create_service(
    settings: ServiceSettings,
    *,
    title: str,
    routers: Sequence[APIRouter],
    constraints: Mapping[str, type[Problem]] | None = None,
    parts: Sequence[Part] = (),
    body_bytes_max: Mapping[str, int] | None = None,
) -> FastAPI:
    """Build one service.

    `constraints` maps names of database constraints to the problems they mean; `parts` are context managers that live
    as long as the service does (a relay, say); `body_bytes_max` lifts the limit on bodies for single paths.
    """
    checks: dict[str, Check] = {}
    app = FastAPI(
        title=title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan(settings, parts, checks),
        redirect_slashes=False,
        # Spans of requests alone, and those only where they are sent to.
        telemetry={
            "tracing": bool(settings.otel_exporter_otlp_endpoint),
            "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False,
            "exclude": lambda scope: scope["path"].startswith(("/health/", "/metrics")),
        },
    )  # fmt: skip
    app.state.settings, app.state.checks = settings, checks
    add_problem_handlers(app, constraints or {}, settings.service)
    # Not by `include_router`: it leaves one router inside another, which costs the hottest read a fourteenth.
    for route in (each for router in (*routers, health_router(checks)) for each in router.routes):
        assert isinstance(route, APIRoute)
        route.unique_id = route.name
        app.router.routes.append(route)
    _add_docs(app)
    app.add_middleware(
        RequestMiddleware, body_bytes_max=settings.body_bytes_max, body_bytes_max_by_path=body_bytes_max or {}
    )
    return app


def _lifespan(
    settings: ServiceSettings, parts: Sequence[Part], checks: dict[str, Check]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logging(settings.service, settings.log_level)
        async with AsyncExitStack() as stack:
            try:
                await _start(app, stack, settings, parts, checks)
            except Exception as error:
                # Before the first request there is nothing personal that a message could repeat.
                log.exception("start_failed", reason=str(error).partition("\n")[0][:300])
                raise
            log.info("service_started", version=app.version)
            yield
            log.info("service_stopping")

    return lifespan


async def _start(
    app: FastAPI, stack: AsyncExitStack, settings: ServiceSettings, parts: Sequence[Part], checks: dict[str, Check]
) -> None:
    database = app.state.database = await stack.enter_async_context(aclosing(Database(settings)))
    if not await is_newest(database, settings.service):
        from service_kit.migrations import upgrade  # noqa: PLC0415 - with its driver 16 MB, for a start that needs it

        await asyncio.to_thread(upgrade, settings)
    await database.warm()
    authenticator = app.state.authenticator = Authenticator(settings)
    app.state.http = await stack.enter_async_context(httpx.AsyncClient(follow_redirects=False))
    if settings.otel_exporter_otlp_endpoint:
        from service_kit import telemetry  # noqa: PLC0415 - half a second that only those pay who trace

        provider = telemetry.start(settings.service, settings.otel_exporter_otlp_endpoint)
        stack.push_async_callback(asyncio.to_thread, provider.shutdown)
        telemetry.calls.instrument_client(app.state.http)
    checks["database"] = database.ping
    await stack.enter_async_context(running(authenticator.follow_keys(app.state.http)))
    if not settings.keeps_revocations and (ask := over_http(settings, app.state.http)) is not None:
        checks["revocations"] = authenticator.revocations.check
        await stack.enter_async_context(running(authenticator.revocations.follow(ask)))
    for part in parts:
        await stack.enter_async_context(part(app))
    # A full collection of everything imported at start takes tens of milliseconds; frozen, it is never walked again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


@asynccontextmanager
async def running(work: Any) -> AsyncIterator[None]:
    """Run a coroutine beside the service, and end it when the service stops."""
    task = asyncio.create_task(work)
    task.add_done_callback(_end_with)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def repeating(work: Callable[[], Awaitable[Any]], *, every_s: float, waits: str) -> AbstractAsyncContextManager[None]:
    """Run `work` at the start and after each pause, beside replicas; `waits` is logged while the database is away."""

    async def for_ever() -> None:
        while True:
            try:
                await work()
            except AWAY as error:
                log.warning(waits, exc_type=type(error).__name__)
            await asyncio.sleep(every_s)

    return running(for_ever())


def _end_with(task: asyncio.Task[Any]) -> None:
    """A service whose relay died would look healthy and deliver nothing; ended, it is started anew."""
    if not task.cancelled() and task.exception() is not None:
        log.error("background_task_died", exc_info=task.exception())
        signal.raise_signal(signal.SIGTERM)


def _add_docs(app: FastAPI) -> None:
    """Swagger from files of our own. Every address is relative, so the page works wherever a gateway puts it."""
    app.mount("/static-offline-docs", StaticFiles(directory=SWAGGER_FILES))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="openapi.json",
            title=app.title,
            swagger_js_url="static-offline-docs/swagger-ui-bundle.js",
            swagger_css_url="static-offline-docs/swagger-ui.css",
            swagger_favicon_url="static-offline-docs/favicon.png",
        )

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> JSONResponse:
        # Seen from the document: at a service's own port the root, at a gateway the folder the document's folder is in.
        return JSONResponse({**openapi_document(app), "servers": [{"url": ".."}]})


def openapi_document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schema.setdefault("components", {})["parameters"] = {"AcceptLanguage": ACCEPT_LANGUAGE}
        components = schema["components"].setdefault("schemas", {})
        model = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
        for replaced in ("HTTPValidationError", "ValidationError"):
            components.pop(replaced, None)
        components.update(model.pop("$defs"))
        components["ProblemDocument"] = model
        for path in schema["paths"].values():
            for operation in path.values():
                _finish_operation(operation)
        app.openapi_schema = schema
    return app.openapi_schema


def _finish_operation(operation: dict[str, Any]) -> None:
    """The route's docstring is its summary, and its 422 is a problem document, not FastAPI's own body.

    Every operation takes the header of which `languages.py` reads the language; as a parameter of each route FastAPI
    would read it again, at a cost the hottest of them would feel.
    """
    operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/AcceptLanguage"})
    operation["summary"] = operation.pop("description", operation["summary"])
    responses = operation["responses"]
    if "application/json" in responses.get("422", {}).get("content", {}):
        responses["422"] = problems(Malformed)[422]

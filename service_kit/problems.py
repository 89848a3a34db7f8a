"""RFC 9457 problems: one class per failure, raised where a rule is broken, rendered here and nowhere else.

A service lists its own subclasses in `core/problems.py`. The text of an unexpected exception never reaches a caller.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

log = structlog.get_logger()


class FieldError(BaseModel):
    pointer: str = Field(description="JSON pointer to the value that was refused", examples=["/email"])
    message: str


class ProblemDocument(BaseModel):
    """The body of every error of every service."""

    type: str = Field(examples=["urn:problem:not_found"])
    title: str
    status: int
    detail: str
    instance: str
    code: str
    message: str = Field(description="A sentence for people, the same as `detail`")
    request_id: str | None
    errors: list[FieldError] | None = None


class Problem(Exception):  # noqa: N818 - RFC 9457's own word for it
    """A failure with a name. Subclasses set `code`, `status` and `title`; `detail` may say more about this case."""

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(self.code)
        self.detail = detail or self.title
        self.errors = errors
        self.headers = dict(headers or {})
        self.extra = extra


class Malformed(Problem):
    code, status, title = "malformed_request", 422, "The request has values that are not valid."


class Unauthenticated(Problem):
    code, status, title = "unauthenticated", 401, "A valid sign-in is needed."

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    code, status, title = "forbidden", 403, "This is not allowed for your role."


class NotFound(Problem):
    code, status, title = "not_found", 404, "There is nothing here for you."


class Conflict(Problem):
    code, status, title = "conflict", 409, "This conflicts with what is stored."


class BodyTooLarge(Problem):
    code, status, title = "body_too_large", 413, "The request's body is larger than allowed."


class Unavailable(Problem):
    code, status, title = "unavailable", 503, "The service cannot answer right now. Please try again shortly."

    def __init__(self, detail: str | None = None, *, retry_after_s: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})


class Unexpected(Problem):
    """What a caller sees of an error that has no name; the log has the rest (middleware.py)."""

    code, status, title = "internal_error", 500, "Something went wrong on our side."


def malformed(pointer: str, message: str) -> Malformed:
    """The one-line form for a single field: `raise malformed("/target", "must lie within 300 and 850")`."""
    return Malformed(errors=[FieldError(pointer=pointer, message=message)])


def problems(*classes: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route: `responses=problems(NotFound, Conflict)`."""
    by_status: dict[int, list[type[Problem]]] = {}
    for each in classes:
        by_status.setdefault(each.status, []).append(each)
    return {
        status: {
            "description": " / ".join(f"`{each.code}`: {each.title}" for each in group),
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/ProblemDocument"},
                    "example": example_document(group[0]),
                }
            },
        }
        for status, group in by_status.items()
    }


def example_document(problem: type[Problem]) -> dict[str, Any]:
    return {
        "type": f"urn:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.title,
        "instance": "/path/of/the/request",
        "code": problem.code,
        "message": problem.title,
        "request_id": "0193b1f0c2d47e0f9a5b",
    }


def render(request: Request, problem: Problem) -> Response:
    document: dict[str, Any] = {
        "type": f"urn:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.url.path,
        "code": problem.code,
        "message": problem.detail,
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
        **problem.extra,
    }
    if problem.errors:
        document["errors"] = [error.model_dump() for error in problem.errors]
    return JSONResponse(
        document, status_code=problem.status, headers=problem.headers, media_type="application/problem+json"
    )


def pointer_of(location: Sequence[int | str]) -> str:
    """`("body", "answers", 0, "value")` → `/answers/0/value`; query and path parameters keep where they stand."""
    parts = location[1:] if location and location[0] == "body" else location
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _from_validation(error: RequestValidationError) -> Malformed:
    # pydantic's `input` and `ctx` are left out: they repeat what the caller sent, passwords included.
    return Malformed(
        errors=[
            FieldError(pointer=pointer_of(each["loc"]), message=each["msg"].removeprefix("Value error, "))
            for each in error.errors()[:50]
        ]
    )


def _from_http(error: HTTPException) -> Problem:
    status = HTTPStatus(error.status_code)

    class Plain(Problem):
        code = status.name.lower()
        title = NotFound.title if status == HTTPStatus.NOT_FOUND else f"{status.phrase}."

    Plain.status = error.status_code
    if status == HTTPStatus.BAD_REQUEST:  # FastAPI's answer to a body that cannot be read at all
        return Malformed("The request's body could not be read.")
    return Plain(headers=error.headers)


def _from_database(error: DBAPIError, constraints: Mapping[str, type[Problem]]) -> Problem | None:
    driver_error = error.orig.__cause__ if error.orig is not None else None
    sqlstate = getattr(driver_error, "sqlstate", None) or ""
    if isinstance(error, IntegrityError):
        problem = constraints.get(getattr(driver_error, "constraint_name", None) or "")
        return problem() if problem else None
    if error.connection_invalidated or sqlstate.startswith(("57", "53", "08")):
        return Unavailable()
    if sqlstate in {"55P03", "40P01", "40001"}:  # lock not available, deadlock, serialisation
        return Unavailable()
    if sqlstate.startswith("22") or isinstance(driver_error, ValueError):
        return Malformed("A value cannot be stored: it is out of range or holds characters that are not text.")
    return None


def add_problem_handlers(app: FastAPI, constraints: Mapping[str, type[Problem]]) -> None:
    """Render every failure as a problem document. `constraints` maps names of database constraints to problems."""

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return render(request, error)

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return render(request, _from_validation(error))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return render(request, _from_http(error))

    async def on_database(request: Request, error: Exception) -> Response:
        assert isinstance(error, DBAPIError)
        problem = _from_database(error, constraints)
        if problem is None:
            raise error
        log.warning("database_refused", code=problem.code, exc_type=type(error).__name__)
        return render(request, problem)

    async def on_no_connection(request: Request, error: Exception) -> Response:
        log.warning("database_unreachable", exc_type=type(error).__name__)
        return render(request, Unavailable())

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(DBAPIError, on_database)
    for unreachable in (PoolTimeoutError, OSError):
        app.add_exception_handler(unreachable, on_no_connection)

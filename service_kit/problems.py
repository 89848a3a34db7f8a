"""RFC 9457 problems: one class per failure, raised where a rule is broken, rendered here and nowhere else.

A service lists its own subclasses in `core/problems.py`. What is raised is in English, with `{name}` for each value,
and is put into the caller's language here. The text of an unexpected exception never reaches a caller.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from service_kit.languages import Texts, language_headers, language_of, read_texts

log = structlog.get_logger()


class FieldError(BaseModel):
    pointer: str = Field(description="JSON pointer to the value that was refused", examples=["/email"])
    message: str
    # What the message's `{name}`s stand for, until it is rendered.
    values: SkipJsonSchema[Mapping[str, Any]] = Field(default={}, exclude=True)


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
    """A failure with a name. Subclasses set `code`, `status` and `title`; `detail` may say more about this case.

    A class whose every case has something to say sets `detail_template` too, and raises with the `values` it names.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    detail_template: ClassVar[str | None] = None

    def __init__(
        self,
        detail: str | None = None,
        *,
        values: Mapping[str, object] | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(self.code)
        self.detail = detail or self.detail_template or self.title
        self.values = values
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


class MethodNotAllowed(Problem):
    code, status, title = "method_not_allowed", 405, "This address does not take this method."


class PersonErased(Problem):
    """A request that was on its way while its person was erased (privacy.py)."""

    code, status, title = "person_erased", 410, "This account has been deleted."


class Unavailable(Problem):
    code, status, title = "unavailable", 503, "The service cannot answer right now. Please try again shortly."

    def __init__(self, detail: str | None = None, *, retry_after_s: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})


class Unexpected(Problem):
    """What a caller sees of an error that has no name; the log has the rest (middleware.py)."""

    code, status, title = "internal_error", 500, "Something went wrong on our side."


def malformed(pointer: str, message: str, **values: object) -> Malformed:
    """The one-line form for a single field: `raise malformed("/target", "must be {least} or more", least=300)`."""
    return Malformed(errors=[FieldError(pointer=pointer, message=message, values=values)])


def id_of(text: str, missing: type[Problem]) -> UUID:
    """The id that a path names. What is no id at all is answered as a thing that is not there."""
    try:
        return UUID(text)
    except ValueError as error:
        raise missing from error


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
    return _document(problem, problem.title, problem.title, "/path/of/the/request", "0193b1f0c2d47e0f9a5b")


def _document(problem: Any, title: str, detail: str, instance: str, request_id: str | None) -> dict[str, Any]:
    return {
        "type": f"urn:problem:{problem.code}", "title": title, "status": problem.status, "detail": detail,
        "instance": instance, "code": problem.code, "message": detail, "request_id": request_id,
    }  # fmt: skip


def render(request: Request, problem: Problem) -> Response:
    texts: Texts = request.app.state.texts[language_of(request)]
    title, detail = texts.say(problem.title), texts.say(problem.detail, problem.values)
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    document = {**_document(problem, title, detail, request.url.path, request_id), **problem.extra}
    if problem.errors or problem.status == Malformed.status:
        errors = problem.errors or [FieldError(pointer="", message=detail)]  # that of the request as a whole
        document["errors"] = [{"pointer": e.pointer, "message": texts.say(e.message, e.values)} for e in errors]
    headers = {**problem.headers, **language_headers(texts.language)}
    return JSONResponse(document, status_code=problem.status, headers=headers, media_type="application/problem+json")


def pointer_of(location: Sequence[int | str]) -> str:
    """`("body", "answers", 0, "value")` → `/answers/0/value`; query and path parameters keep where they stand."""
    parts = location[1:] if location and location[0] == "body" else location
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


# What pydantic's refusals are called here, by their types; one that is not listed keeps pydantic's own English.
ENGLISH = {
    "missing": "is needed",
    "extra_forbidden": "is not known here",
    "string_type string_unicode": "must be text",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long url_too_long": "must have {max_length} or fewer characters",
    "string_pattern_mismatch": "is not written as it should be",
    "float_type float_parsing finite_number": "must be a number",
    "int_type int_parsing int_parsing_size int_from_float": "must be a whole number",
    "bool_type bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "literal_error enum": "must be one of {expected}",
    "list_type": "must be a list",
    "too_short": "must have {min_length} or more entries",
    "too_long": "must have {max_length} or fewer entries",
    "dict_type model_type model_attributes_type": "must be an object",
    "date_type date_parsing date_from_datetime_parsing date_from_datetime_inexact": "must be a date such as 2030-12-31",
    "datetime_type datetime_parsing datetime_from_date_parsing": "must be a time such as 2030-12-31T09:30:00Z",
    "timezone_aware": "must have a time zone, as 2030-12-31T09:30:00Z has",
    "uuid_type uuid_parsing": "must be a UUID",
    "url_type url_parsing url_scheme": "must be an http or https address",
    "json_invalid": "must be JSON",
    "value_error": "must be an email address",  # a validator of ours raises what it says, so this is pydantic's own
}
_english_by_type = {type_: text for types, text in ENGLISH.items() for type_ in types.split()}


def _from_validation(error: RequestValidationError) -> Malformed:
    return Malformed(errors=[_field_error(each) for each in error.errors()[:50]])


def _field_error(error: Mapping[str, Any]) -> FieldError:
    # pydantic's `input` is left out, and of its `ctx` no more is told than the message names: they repeat what the
    # caller sent, passwords included.
    context = error.get("ctx", {})
    cause = context.get("error")
    pointer = "" if error["type"] == "json_invalid" else pointer_of(error["loc"])  # no place: a count of characters
    if isinstance(cause, ValueError):
        return FieldError(pointer=pointer, message=str(cause), values=getattr(cause, "values", {}))
    if "expected" in context:
        context = {"expected": context["expected"].replace(" or ", ", ")}  # a list in no language
    return FieldError(pointer=pointer, message=_english_by_type.get(error["type"], error["msg"]), values=context)


def _from_http(error: HTTPException) -> Problem:
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.BAD_REQUEST:  # FastAPI's answer to a body that cannot be read at all
        return Malformed("The request's body could not be read.")
    for known in (NotFound, MethodNotAllowed):
        if status == known.status:
            return known(headers=error.headers)

    class Plain(Problem):
        code = status.name.lower()
        title = f"{status.phrase}."

    Plain.status = error.status_code
    return Plain(headers=error.headers)


def _from_database(error: DBAPIError, constraints: Mapping[str, type[Problem]]) -> Problem | None:
    driver_error = error.orig.__cause__ if error.orig is not None else None
    sqlstate = getattr(driver_error, "sqlstate", None) or ""
    if isinstance(error, IntegrityError):
        problem = constraints.get(getattr(driver_error, "constraint_name", None) or "")
        return problem() if problem else None
    # After those of a server that is away: a lock not available, a deadlock, serialisation.
    if error.connection_invalidated or sqlstate.startswith(("57", "53", "08", "55P03", "40P01", "40001")):
        return Unavailable()
    if sqlstate.startswith("22") or isinstance(driver_error, ValueError):
        return Malformed("A value cannot be stored: it is out of range or holds characters that are not text.")
    return None


def _from_nowhere(error: Exception) -> Problem:
    log.warning("database_unreachable", exc_type=type(error).__name__)
    return Unavailable()


def add_problem_handlers(app: FastAPI, constraints: Mapping[str, type[Problem]], *packages: str) -> None:
    """Render every failure as a problem document, with the words of the kit and of the packages named.

    `constraints` maps names of database constraints to problems.
    """
    constraints = {"person_erased": PersonErased, **constraints}
    app.state.texts = read_texts("service_kit", *packages)

    def from_database(error: DBAPIError) -> Problem | None:
        if problem := _from_database(error, constraints):
            log.warning("database_refused", code=problem.code, exc_type=type(error).__name__)
        return problem

    named: dict[type[Exception], Callable[[Any], Problem | None]] = {
        Problem: lambda problem: problem, RequestValidationError: _from_validation, HTTPException: _from_http,
        DBAPIError: from_database, PoolTimeoutError: _from_nowhere, OSError: _from_nowhere,
    }  # fmt: skip
    for kind, name in named.items():
        app.add_exception_handler(kind, _answering(name))


def _answering(name: Callable[[Any], Problem | None]) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        problem = name(error)
        if problem is None:
            raise error
        return render(request, problem)

    return answer

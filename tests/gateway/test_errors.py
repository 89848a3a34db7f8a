"""Every error of the gateway's own is a problem document, as those of the services are."""

from collections.abc import Callable

import pytest

from tests.gateway import differences
from tests.gateway.conftest import Target
from tests.gateway.wire import Answer, Caller

ME = "/api/v1/users/me"

ERRORS: dict[str, tuple[int, str, Callable[[Caller, tuple[str, str]], Answer]]] = {
    "no token": (401, "unauthenticated", lambda caller, _: caller.send("GET", ME)),
    "unknown path": (404, "not_found", lambda caller, bearer: caller.send("GET", "/api/v1/absent", [bearer])),
    "closed path": (404, "not_found", lambda caller, bearer: caller.send("GET", "/api/v1/internal/x", [bearer])),
    "large body": (413, "body_too_large", lambda caller, bearer: caller.send("POST", ME, [bearer], b"a" * 2**21)),
}


@pytest.fixture(autouse=True)
def problem_documents(target: Target) -> None:
    if target.kind == "kong":
        pytest.skip(differences.PROBLEM_DOCUMENTS.what)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_a_problem_document(caller: Caller, bearer: tuple[str, str], name: str) -> None:
    status, code, cause = ERRORS[name]
    answer = cause(caller, bearer)
    document = answer.json
    assert (answer.status, answer.one("Content-Type")) == (status, "application/problem+json")
    assert document["type"] == f"urn:problem:{code}"
    assert (document["status"], document["code"]) == (status, code)
    assert document["title"]
    assert document["message"] == document["detail"]
    assert document["instance"].startswith("/api/v1/")
    assert document["request_id"] == answer.one("X-Request-ID")


def test_a_clients_request_id_stands_in_the_document_and_cannot_break_it(caller: Caller) -> None:
    odd = 'a"b\\c{}%RESPONSE_CODE%'
    assert caller.send("GET", ME, [("X-Request-ID", odd)]).json["request_id"] == odd


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/users/a%2Fb"), ("BREW", ME), ("GET", "no-slash")])
def test_a_request_that_could_not_be_read_is_a_problem_too(caller: Caller, method: str, path: str) -> None:
    answer = caller.send(method, path)
    assert (answer.status, answer.one("Content-Type")) == (400, "application/problem+json")
    assert answer.json["code"] == "malformed_request"
    assert "instance" not in answer.json
    assert answer.one("X-Content-Type-Options") == "nosniff"


def test_headers_without_end_are_a_problem_too(caller: Caller) -> None:
    answer = caller.send("GET", ME, [(f"X-Long-{number}", "a" * 7_500) for number in range(10)])
    assert (answer.status, answer.json["code"]) == (431, "headers_too_large")
    assert answer.one("X-Content-Type-Options") == "nosniff"


def test_a_services_own_error_arrives_as_it_is(caller: Caller, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    answer = caller.send("GET", f"{ME}?status=404", [bearer])
    assert (answer.status, answer.one("Content-Type"), answer.heard.path) == (404, "application/json", "/users/me")

"""Every route says who may call it, what it does and how it fails; the public ones are listed here by name."""

from collections.abc import Iterator
from typing import Any

import pytest

from service_kit.app import openapi_document
from tests.support.apps import load_app
from tests.support.callers import SERVICES, Keys

PUBLIC = {
    ("user_service", "GET", "/.well-known/jwks.json"),
    ("user_service", "POST", "/auth/forgot-password"),
    ("user_service", "GET", "/auth/erasures/{receipt_id}"),
    ("user_service", "POST", "/auth/login"),
    ("user_service", "POST", "/auth/logout"),
    ("user_service", "POST", "/auth/passkeys/login"),
    ("user_service", "POST", "/auth/passkeys/login/options"),
    ("user_service", "POST", "/auth/refresh"),
    ("user_service", "POST", "/auth/reset-password"),
    ("user_service", "POST", "/auth/signup"),
    ("user_service", "POST", "/auth/verify-email"),
    ("user_service", "POST", "/auth/verify-token"),
}


def operations(service: str, keys: Keys) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in openapi_document(load_app(service, keys))["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_the_public_routes_are_these_and_no_others(keys: Keys) -> None:
    open_to_anyone = {
        (service, method, path)
        for service in SERVICES
        for method, path, operation in operations(service, keys)
        if not operation.get("security")
    }
    assert open_to_anyone == PUBLIC


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_has_a_sentence_a_success_and_its_problems(service: str, keys: Keys) -> None:
    lacking = []
    for method, path, operation in operations(service, keys):
        statuses = set(operation["responses"])
        has_success = any(status.startswith("2") for status in statuses)
        declares_401 = "401" in statuses or not operation.get("security")
        reads_like_a_sentence = " " in operation["summary"] and "\n" not in operation["summary"].strip()
        if not (has_success and declares_401 and reads_like_a_sentence):
            lacking.append(f"{method} {path}")
    assert lacking == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_only_administrators_may_do_says_how_it_refuses(service: str, keys: Keys) -> None:
    """503 is the answer while nobody can say whether an administrator's session has ended."""
    silent = [
        f"{method} {path}"
        for method, path, operation in operations(service, keys)
        if "/admin" in path and not {"401", "403", "503"} <= operation["responses"].keys()
    ]
    assert silent == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_problem_is_a_problem_document(service: str, keys: Keys) -> None:
    for method, path, operation in operations(service, keys):
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")):
                assert list(response["content"]) == ["application/problem+json"], f"{method} {path} {status}"


def has_example(schema: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Whether Swagger can show a body that means something: an example of the whole, or one of each of its fields."""
    if "$ref" in schema:
        return has_example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "example" in schema or "examples" in schema or "enum" in schema or schema.get("type") == "boolean":
        return True
    if "anyOf" in schema:
        return any(has_example(each, schemas) for each in schema["anyOf"])
    if "items" in schema:
        return has_example(schema["items"], schemas)
    fields = schema.get("properties", {})
    named = schema.get("required", fields)
    return bool(named) and all(has_example(fields[name], schemas) for name in named)


@pytest.mark.parametrize("service", SERVICES)
def test_every_body_has_an_example(service: str, keys: Keys) -> None:
    schemas = openapi_document(load_app(service, keys))["components"]["schemas"]
    bodies = [
        (f"{method} {path}", operation["requestBody"]["content"]["application/json"])
        for method, path, operation in operations(service, keys)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    assert bodies
    assert [name for name, body in bodies if "example" not in body and not has_example(body["schema"], schemas)] == []


def test_a_body_without_an_example_would_be_found() -> None:
    fields = {"one": {"type": "string", "examples": ["x"]}, "two": {"type": "string"}}
    assert not has_example({"type": "object", "properties": fields}, {})
    assert has_example({"type": "object", "properties": fields, "required": ["one"]}, {})


@pytest.mark.parametrize("service", SERVICES)
def test_operation_ids_are_unique(service: str, keys: Keys) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(service, keys)]
    assert len(ids) == len(set(ids))

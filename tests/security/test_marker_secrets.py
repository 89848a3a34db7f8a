"""S10: a marker sent in every input of every operation is in no log, no metric and no problem document."""

import json
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from service_kit.app import openapi_document
from tests.support.apps import load_app
from tests.support.callers import SERVICES, Caller, Keys
from tests.support.services import RunningService
from tests.support.waiting import eventually, patiently

MARKER = "zq7marker4xsecret"


def filled(schema: dict[str, Any], components: dict[str, Any], depth: int = 0) -> Any:
    """A value of a schema with the marker wherever a text may stand; it need not be valid beyond its shape."""
    if "$ref" in schema:
        return filled(components[schema["$ref"].rpartition("/")[2]], components, depth + 1)
    if "anyOf" in schema:
        return filled(schema["anyOf"][0], components, depth + 1)
    match schema.get("type"):
        case "object" if depth < 6:
            fields = schema.get("properties", {"anything": {"type": "string"}})
            return {name: filled(field, components, depth + 1) for name, field in fields.items()}
        case "array":
            return [filled(schema.get("items", {}), components, depth + 1)]
        case "integer" | "number":
            return 1
    return MARKER


def requests(service: str, keys: Keys) -> Iterator[tuple[str, str, dict[str, Any]]]:
    document = openapi_document(load_app(service, keys))
    components = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            options: dict[str, Any] = {"params": {"cursor": MARKER, "search": MARKER, "unknown": MARKER}}
            if "application/json" in content:
                options["json"] = filled(content["application/json"]["schema"], components)
            elif content:
                options["files"] = {"file": (f"{MARKER}.csv", f"key,{MARKER}\n{MARKER},1\n")}
            yield method.upper(), re.sub(r"\{[^}]+\}", MARKER, path), options
            if "user_id" in path:
                yield method.upper(), re.sub(r"\{[^}]+\}", "me", path), options


@pytest.mark.parametrize("name", SERVICES)
def test_a_marker_in_every_input_is_nowhere_afterwards(
    name: str, request: pytest.FixtureRequest, keys: Keys, new_person: Callable[..., Caller]
) -> None:
    service: RunningService = request.getfixturevalue(name)
    callers: list[dict[str, str]] = [
        new_person("admin").headers,
        new_person().headers,
        {"Authorization": f"Bearer {MARKER}"},
        {"Cookie": f"access_token={MARKER}; refresh_token={MARKER}", "Origin": MARKER},
    ]
    extra = {"X-User-Id": MARKER, "X-Forwarded-For": MARKER, "User-Agent": MARKER, "Idempotency-Key": MARKER,
             "If-Match": MARKER, "Accept-Language": MARKER}  # fmt: skip
    sent, refused = 0, 0
    for method, path, options in requests(name, keys):
        for headers in callers:
            options["headers"] = {**extra, **headers}
            answer = patiently(partial(asked, service, method, path, **options))
            sent += 1
            assert answer.status_code < 500, f"{method} {path}: {answer.text}"
            if answer.status_code >= 400:
                refused += 1
                document = {**answer.json(), "instance": ""}  # the path that was called, given back to its caller
                assert MARKER not in json.dumps(document), f"{method} {path}"
    assert sent >= 30
    assert refused >= 20
    assert MARKER not in settled_log(service)
    assert MARKER not in service.client.get("/metrics").text


def asked(service: RunningService, method: str, path: str, **options: Any) -> httpx.Response:
    """One request with its whole answer, or with only the beginning of one that never ends."""
    with service.client.stream(method, path, **options) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
    return answer


def settled_log(service: RunningService) -> str:
    """The log once a last request is in it, which also shows that what is logged on purpose is found there."""
    last = f"the-last-request-{time.time_ns()}"
    service.client.get("/health/live", headers={"X-Request-ID": last})
    # A line is written after its answer was sent.
    eventually(lambda: last in service.log, "the last request is logged")
    return service.log

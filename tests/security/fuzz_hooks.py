"""What schemathesis loads beside a contract, in its own environment: every other request is living, or in part.

Random ids name nothing and random codes are wrong, so that by themselves requests seldom get past the first checks. A
request to an operation is, in turn and beginning with the first,
- living: whatever stands in it is good, its sender may send it, and it should be answered with a 2xx;
- filled: what a living request has is living, and what else there may be is generated;
- addressed: sender and path are living, query and body generated;
and between these it is generated, and sent by `BEARER`, or by the service that may.

`SUPPLIER` is where living requests come from, and `INSIDE` where what only services may ask is asked. `answers.txt`
gets a line for each answer: operation, how its request came about, status, and the seconds it took.
"""

import base64
import json
import os
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from requests import Response, sessions
from requests.adapters import HTTPAdapter

LIVING, GENERATED, FILLED, ADDRESSED = "living", "generated", "filled", "addressed"
TURNS = (LIVING, GENERATED, FILLED, GENERATED, ADDRESSED, GENERATED)
EXAMPLES_MAX = 2
PATIENCE_S = 20
ANSWERS = Path("answers.txt")

_turns: Counter[str] = Counter()
_kinds: dict[str, str] = {}


class Patient(HTTPAdapter):
    """Comes again when it is asked to: what a service cannot do just now, on a busy machine, is no fault of its."""

    def send(self, *request: Any, **options: Any) -> Response:
        deadline = time.monotonic() + PATIENCE_S
        while (answer := super().send(*request, **options)).status_code == 503 and time.monotonic() < deadline:
            time.sleep(int(answer.headers["Retry-After"]))
        return answer


sessions.HTTPAdapter = Patient  # what a new session of requests makes its ways out of


@schemathesis.hook
def before_init_operation(_context: Any, operation: Any) -> None:
    if is_inside(operation):
        operation.base_url = os.environ["INSIDE"]


@schemathesis.hook
def before_add_examples(context: Any, examples: list[Any]) -> None:
    """Have every operation visited in the first phase, also without an example, and none with all that were learnt."""
    if not examples:
        examples.append(context.operation.Case())
    del examples[EXAMPLES_MAX:]


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    # With a method that the path does not have, it is no request to this operation.
    if case.method.upper() != case.operation.method.upper():
        return
    kind = _kinds[case.id] = TURNS[_turns[case.operation.label] % len(TURNS)]
    _turns[case.operation.label] += 1
    if kind == GENERATED:
        case.headers["Authorization"] = _bearer(case)
        return
    parts = _supplied("request", case)
    if kind != LIVING:
        parts["headers"] = {**case.headers, **parts["headers"]}
    if kind == FILLED:
        parts["query"] = {**case.query, **parts["query"]}
        parts["body"] = _filled(case.body, parts["body"])
    if kind == ADDRESSED:
        parts["query"], parts["body"] = case.query, None
    _put(parts, case)


@schemathesis.check
def noted(_context: Any, response: Any, case: Any) -> None:
    if case.id in _kinds:
        with ANSWERS.open("a") as file:
            print(case.operation.label, _kinds[case.id], response.status_code, f"{response.elapsed:.3f}", file=file)


def is_inside(operation: Any) -> bool:
    return operation.definition.raw["x-audience"] == "service"


def _bearer(case: Any) -> str:
    if is_inside(case.operation):
        return str(_supplied("sender", case)["Authorization"])
    return f"Bearer {os.environ['BEARER']}"


def _supplied(what: str, case: Any) -> dict[str, Any]:
    url = f"{os.environ['SUPPLIER']}/{what}/{case.operation.method.upper()}{case.operation.path}"
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - the supplier's own URL
        parts: dict[str, Any] = json.load(answer)
    parts["media_type"] = "application/json"
    if parts.get("file") is not None:
        parts["media_type"], parts["body"] = "multipart/form-data", {"file": base64.b64decode(parts["file"])}
    return parts


def _filled(generated: Any, living: Any) -> Any:
    return {**generated, **living} if isinstance(generated, dict) and isinstance(living, dict) else living


def _put(parts: dict[str, Any], case: Any) -> None:
    case.path_parameters = parts["path_parameters"]
    case.query = parts["query"]
    case.cookies = {}
    case.headers = type(case.headers)(parts["headers"])
    if parts["body"] is not None:
        case.body, case.media_type = parts["body"], parts["media_type"]

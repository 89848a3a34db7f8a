"""S8: requests made from the contracts, valid and not, for every operation; no answer is a 5xx or outside the contract.

They go through the gateway to a stack of their own, since an administrator's random acts are among them. `make
test-security` installs schemathesis into an environment of its own and names the folder of such in TOOLS.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from local_stack.keys import key_file
from service_kit.tokens import PERSON_TOKEN, SigningKey
from tests.security.campaign import FULL, report
from tests.security.operations import CONTRACTS, Operation, operations
from tests.support.callers import SERVICES, person_claims
from tests.support.services import ROOT, RunningService
from tests.support.stack import Stack, running_stack

PROGRAM = ROOT / os.environ.get("TOOLS", ".tools") / "fuzzing" / "bin" / "schemathesis"
BUDGET_S = 600 if FULL else 15
EXAMPLES = 300 if FULL else 10
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# It never ends, by design; tests/integration/alert_service reads it.
ENDLESS = "/alerts/stream"

# The gateway refuses what it cannot parse before it gives a request its id.
REFUSED_BY_GATEWAY = {
    "description": "The gateway could not read the request",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "code", "detail", "message"],
                "properties": {"code": {"const": "malformed_request"}},
            }
        }
    },
}

pytestmark = [
    pytest.mark.skipif(not PROGRAM.exists(), reason="needs schemathesis: make test-security"),
    pytest.mark.timeout(BUDGET_S + 300),
]


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Stack]:
    with running_stack("fuzzed", RATE_LIMIT_FACTOR="100") as stack:
        yield stack


@pytest.fixture
def administrator(fuzzed: Stack) -> str:
    """Somebody with a profile, answers and a score who may try everything. The token lasts as long as a campaign may,
    and names a session that nobody has, so that no request ends it."""
    person = fuzzed.new_person()
    person.ok("PUT", "/profile/me", {"full_name": "An"})
    person.answer_survey()
    person.ok("POST", "/scores/me/calculate")
    person.wait_for("/alerts/me", bool)
    key = SigningKey.from_file(key_file(fuzzed.layout, "people"))
    return key.sign(person_claims(UUID(person.user_id), "admin", exp=int(time.time()) + 3_500), PERSON_TOKEN)


def fuzz(contract: Path, url: str, token: str, folder: Path, *more: str) -> dict[str, Any]:
    """The report of a run, what it found among it."""
    command: list[Any] = [
        PROGRAM, "run", contract, "--url", url, "--header", f"Authorization: Bearer {token}", "--checks", CHECKS,
        "--max-examples", EXAMPLES, "--max-time", BUDGET_S, "--request-timeout", 30, "--seed", 8, "--no-shrink",
        "--continue-on-failure", "--warnings", "off", "--generation-database", "none",
        "--report-json-path", folder / "report.json", *more,
    ]  # fmt: skip
    words = list(map(str, command))
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=BUDGET_S + 240)
    print(ran.stdout)  # noqa: T201 - shown when a test fails
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


def as_the_gateway_answers(service: str, folder: Path) -> Path:
    """The contract with what the gateway adds: 400 to a path that it refuses before a service hears of it."""
    document = json.loads((CONTRACTS / f"{service}.json").read_text())
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["responses"].setdefault("400", REFUSED_BY_GATEWAY)
    contract = folder / "contract.json"
    contract.write_text(json.dumps(document))
    return contract


def reachable(service: str) -> list[Operation]:
    """Not what only services may call: the gateway has no route there."""
    return [each for each in operations(service) if each.audience != "service" and each.path != ENDLESS]


def only(selected: Sequence[Operation]) -> Iterator[str]:
    """Options that leave everything else out."""
    paths = sorted({re.escape(each.path) for each in selected})
    yield from ("--include-path-regex", f"^({'|'.join(paths)})$")


def succeeded(stack: Stack, service: str) -> set[tuple[str, str]]:
    """Methods and routes that were answered with a 2xx, as the service has counted them."""
    families = text_string_to_metric_families(httpx.get(f"{stack.layout.url(service)}/metrics").text)
    samples = [each for family in families if family.name == "http_requests" for each in family.samples]
    return {
        (each.labels["method"], each.labels["route"]) for each in samples if each.labels.get("status", "")[:1] == "2"
    }


@pytest.mark.parametrize("service", SERVICES)
def test_no_request_gets_an_answer_outside_the_contract(
    service: str, fuzzed: Stack, administrator: str, tmp_path: Path
) -> None:
    contract = as_the_gateway_answers(service, tmp_path)
    found = fuzz(contract, fuzzed.gateway, administrator, tmp_path, *only(reachable(service)))
    assert found["failures"] == found["errors"] == []
    tested, selected = found["operations"]["tested"], found["operations"]["selected"]
    assert tested == selected
    n = found["test_cases"]["generated"]
    reached = {(each.method, each.path) for each in reachable(service)} & succeeded(fuzzed, service)
    figures = f"n = {n} requests to {tested} operations, {len(reached)} of them reached with a 2xx"
    report(f"S8 {service}", f"{figures}: none a 5xx or outside the contract")
    assert reached


def test_an_answer_outside_the_contract_is_noticed(
    profile_service: RunningService, new_person: Callable[..., Any], tmp_path: Path
) -> None:
    """The control: the same service under a contract that promises something else."""
    document = json.loads((CONTRACTS / "profile_service.json").read_text())
    answer = document["paths"]["/preferences/me"]["get"]["responses"]["200"]["content"]["application/json"]
    answer["schema"] = {"type": "object", "required": ["colour"]}
    contract = tmp_path / "promise.json"
    contract.write_text(json.dumps(document))
    found = fuzz(contract, profile_service.base_url, new_person().token, tmp_path, "--include-path", "/preferences/me")
    assert found["failures"] != []

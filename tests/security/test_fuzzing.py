"""S8: requests made from the contracts, valid and not, for every operation; no answer is a 5xx or outside the contract.

They go through the gateway to a stack of their own, since an administrator's random acts are among them. What only
services may call the gateway does not route; that is asked at the service's own port. `make test-security` installs
schemathesis into an environment of its own and names the folder of such in TOOLS.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from service_kit.tokens import PERSON_TOKEN
from tests.security.belongings import Place, ServiceHeaders
from tests.security.campaign import report
from tests.security.fuzzer import BUDGET_S, EXAMPLES, PROGRAM, Fuzzer, contract_of
from tests.security.operations import operations
from tests.support.callers import SERVICES, Caller, maker_of_people, maker_of_service_headers, person_claims
from tests.support.services import RunningService
from tests.support.stack import Stack, running_stack

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
    pytest.mark.timeout(BUDGET_S + 2_400),
]


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Stack]:
    with running_stack("fuzzed", RATE_LIMIT_FACTOR="100") as stack:
        stack.set_up("user_service", ARGON2_MEMORY_KIB="1024", ARGON2_ROUNDS="1")
        stack.set_up("alert_service", WEBHOOKS_TO_LOOPBACK="true")
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
    claims = person_claims(UUID(person.user_id), "admin", exp=int(time.time()) + 3_500)
    return fuzzed.keys.signing_key().sign(claims, PERSON_TOKEN)


def as_the_gateway_answers(contract: dict[str, Any]) -> dict[str, Any]:
    """The contract with what the gateway adds: 400 to a path that it refuses before a service hears of it."""
    for methods in contract["paths"].values():
        for operation in methods.values():
            operation["responses"].setdefault("400", REFUSED_BY_GATEWAY)
    return contract


@pytest.fixture
def fuzzer(name: str, fuzzed: Stack, administrator: str, tmp_path: Path) -> Iterator[Fuzzer]:
    people, headers = maker_of_people(fuzzed.keys), maker_of_service_headers(fuzzed.keys)
    place = Place(fuzzed.service(name), people, headers, fuzzed.mails_to, fuzzed.layout.origins[0])
    yield Fuzzer(place, fuzzed.gateway, administrator, tmp_path)
    place.service.close()


@pytest.mark.parametrize("name", SERVICES)
def test_every_operation_is_reached_and_no_answer_is_outside_the_contract(name: str, fuzzer: Fuzzer) -> None:
    contract = as_the_gateway_answers(contract_of(name))
    once = fuzzer.run(contract, "--phases", "examples")
    more = fuzzer.run(
        contract, "--phases", "coverage,fuzzing,stateful", "--max-time", BUDGET_S, "--max-examples", EXAMPLES
    )
    print(fuzzer.answers)  # noqa: T201 - what -rP is for
    assert once["failures"] == once["errors"] == more["failures"] == more["errors"] == []
    everything = list(operations(name))
    assert {f"{each.method} {each.path}" for each in everything} - fuzzer.answers.reached == set()
    n = once["test_cases"]["generated"] + more["test_cases"]["generated"]
    inside = sum(each.audience == "service" for each in everything)
    figures = f"n = {n} requests to {len(everything)} operations ({inside} at the service's own port)"
    report(f"S8 {name}", f"{figures}, each reached with a 2xx: none a 5xx or outside the contract")


@pytest.fixture
def control(
    profile_service: RunningService, new_person: Callable[..., Caller], service_headers: ServiceHeaders, tmp_path: Path
) -> Fuzzer:
    place = Place(profile_service, new_person, service_headers, lambda _: [])
    return Fuzzer(place, profile_service.base_url, new_person().token, tmp_path)


def test_an_answer_outside_the_contract_is_noticed(control: Fuzzer) -> None:
    """The same service under a contract that promises something else."""
    contract = contract_of("profile_service")
    answer = contract["paths"]["/preferences/me"]["get"]["responses"]["200"]["content"]["application/json"]
    answer["schema"] = {"type": "object", "required": ["colour"]}
    found = control.run(contract, "--phases", "examples", "--include-path", "/preferences/me")
    assert [each["operations"] for each in found["failures"]] == [["GET /preferences/me"]]


def test_an_operation_that_is_not_reached_is_noticed(control: Fuzzer) -> None:
    """The same campaign by a service that may not ask."""
    headers = control.place.service_headers
    control.place.service_headers = lambda _, audience: headers("survey_service", audience)
    paths = ("--include-path", "/internal/consents/{user_id}", "--include-path", "/preferences/me")
    control.run(contract_of("profile_service"), "--phases", "examples", *paths)
    assert control.answers.asked.keys() - control.answers.reached == {"POST /internal/consents/{user_id}"}

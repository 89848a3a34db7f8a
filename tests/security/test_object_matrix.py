"""S1: every operation of the contracts by every role, with one's own, somebody else's and nobody's things."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.security.belongings import Place, ServiceHeaders
from tests.security.campaign import report
from tests.security.flawed import FLAW
from tests.security.living import Living, sender
from tests.security.matrix import ROLES, Matrix
from tests.security.operations import CONTRACTS, Operation, operations
from tests.security.own_rules import BODIES, CALLERS, FILES, OWN_RULES
from tests.support.callers import SERVICES, Caller
from tests.support.mail_server import MailServer
from tests.support.services import RunningService, RunService
from tests.support.waiting import patiently

OWN = {"WEBHOOKS_TO_LOOPBACK": "true", "ARGON2_MEMORY_KIB": "1024", "ARGON2_ROUNDS": "1"}

# Some four hundred requests to a service, and as many to furnish the people who send them.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def services(module_services: RunService, mail_server: MailServer) -> dict[str, RunningService]:
    """The user service asks the others when somebody takes their data along."""
    others = {name: module_services(name, **OWN) for name in SERVICES if name != "user_service"}
    urls = {f"{name.upper()}_URL": service.base_url for name, service in others.items()}
    users = module_services("user_service", **OWN, **urls, SMTP_URL=mail_server.url)
    return {**others, "user_service": users}


@pytest.fixture
def place_at(
    new_person: Callable[..., Caller], service_headers: ServiceHeaders, mail_server: MailServer
) -> Callable[[RunningService], Place]:
    def mails_to(address: str) -> list[str]:
        return [mail.text for mail in mail_server.mails_to(address)]

    return lambda service: Place(service, new_person, service_headers, mails_to)


@pytest.fixture
def examined(place_at: Callable[[RunningService], Place]) -> Callable[..., Matrix]:
    def examine(service: RunningService, path: str | None = None) -> Matrix:
        matrix = Matrix(place_at(service))
        for operation in operations(service.name):
            if path is None or operation.path == path:
                matrix.examine(operation)
        return matrix

    return examine


def test_the_rules_of_their_own_are_about_operations_that_exist() -> None:
    assert {path.stem for path in CONTRACTS.glob("*.json")} == set(SERVICES)
    all_operations = [each for service in SERVICES for each in operations(service)]
    assert OWN_RULES.keys() | CALLERS.keys() | BODIES.keys() | FILES.keys() <= {each.key for each in all_operations}
    assert CALLERS.keys() == {each.key for each in all_operations if each.audience == "service"}


@pytest.mark.parametrize("name", SERVICES)
def test_everybody_gets_what_is_theirs_and_no_more(
    services: dict[str, RunningService], examined: Callable[..., Matrix], name: str
) -> None:
    matrix = examined(services[name])
    assert matrix.faults == []
    everything = list(operations(name))
    assert matrix.cells == len(everything) * len(ROLES)
    assert {str(each) for each in everything} - {str(each) for each in matrix.reached} == set()
    size = f"{len(everything)} operations x {len(ROLES)} roles, {matrix.requests} requests, each operation with a 2xx"
    report(f"S1 {name}", f"{size}: 0 leaks, 0 effects on what is somebody else's")


@pytest.mark.parametrize(
    ("service", "flaw", "found"),
    [
        ("alert_service", "ownership /alerts/{user_id}", "was shown what is the owner's"),
        ("alert_service", "ownership /goals/{user_id}", "changed the owner's rows in ['goals'"),
        ("alert_service", "telling /milestones/{user_id}", "should find nothing and got 403"),
        ("score_service", "role /scores/admin/disputes", "should get 403 and got 200"),
    ],
)
def test_one_route_that_lacks_a_check_is_found(
    run_service: RunService, examined: Callable[..., Matrix], service: str, flaw: str, found: str
) -> None:
    flawed = run_service(service, module="tests.security.flawed", **OWN, **{FLAW: flaw})
    faults = examined(flawed, flaw.partition(" ")[2]).faults
    assert [fault for fault in faults if found in fault], faults


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "user_service"])
def test_what_is_still_on_its_way_from_who_was_erased_is_answered_within_the_contract(
    services: dict[str, RunningService], place_at: Callable[[RunningService], Place], name: str
) -> None:
    place = place_at(services[name])
    answers = {operation: asked_of_the_erased(operation, place) for operation in operations(name)}
    assert [f"{each}: {status}" for each, status in answers.items() if str(status) not in each.spec["responses"]] == []
    assert 410 in answers.values()


def asked_of_the_erased(operation: Operation, place: Place) -> int:
    """The status of a living request whose owner was erased after it was made, with a key where it may have one."""
    living = Living(operation, place)
    headers = {**sender(operation, place, living.owner), "Idempotency-Key": str(uuid4())}
    erased = f"/internal/privacy/{living.owner.caller.user_id}"
    living.owner.send("DELETE", erased, headers=place.service_headers("user_service", place.service.name))
    return patiently(lambda: living.send(living.ids, headers)).status_code

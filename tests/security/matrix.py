"""Every operation by every role: what the answer must be follows from the contract, and what it was is compared."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from tests.integration.user_service.visitor import new_address
from tests.security.belongings import PERSONAL, Owner, Place, nobodys
from tests.security.living import Living
from tests.security.operations import Operation
from tests.security.own_rules import CALLERS, OWN_RULES
from tests.support.callers import SERVICES, Caller
from tests.support.waiting import patiently

PEOPLE = ("nobody", "owner", "another", "administrator")
ROLES = (*PEOPLE, *SERVICES)
# What a role may expect beside a status: to be served; to be told what is told of an id that nobody has; to do what it
# does with its own things, whichever they are.
SERVED, HIDDEN, APART = "served", "hidden", "apart"
Expected = int | str


def expected(operation: Operation, role: str) -> Expected:
    answers = OWN_RULES[operation.key].answers if operation.key in OWN_RULES else {}
    if role in answers:
        return answers[role]
    if operation.audience == "anyone":
        return SERVED
    if role == "nobody":
        return 401
    if role in SERVICES or operation.audience == "service":
        return SERVED if role in CALLERS.get(operation.key, ()) else 401
    if operation.audience == "administrator":
        return SERVED if role == "administrator" else 403
    return _expected_of_a_person(operation, role)


def _expected_of_a_person(operation: Operation, role: str) -> Expected:
    if role == "owner" or (role == "administrator" and "user_id" in operation.ids_in_path):
        return SERVED
    return HIDDEN if operation.ids & PERSONAL else APART


@dataclass
class Matrix:
    """What was found at one place. `faults` are sentences; none, if everybody was answered as they should be.

    `reached` are the operations that somebody was served at.
    """

    place: Place
    faults: list[str] = field(default_factory=list)
    reached: set[Operation] = field(default_factory=set)
    cells: int = 0
    requests: int = 0

    def examine(self, operation: Operation) -> None:
        """First those who must not get through, of whom nothing may be left; then each who may, with a fresh owner."""
        living, people = Living(operation, self.place), self._people()
        by_expectation = {role: expected(operation, role) for role in ROLES}
        served = [role for role, wanted in by_expectation.items() if wanted == SERVED]
        before = living.owner.stored()
        for role in ROLES:
            if role not in served and role != "owner":
                self._check(operation, role, by_expectation[role], living, people)
        if (after := living.owner.stored()) != before:
            changed = sorted(name for name in before if before[name] != after[name])
            self._fault(operation, "others", f"changed the owner's rows in {changed}")
        for role in ROLES:
            if role in served or role == "owner":
                self._check(operation, role, by_expectation[role], Living(operation, self.place), people)

    def _people(self) -> dict[str, Caller]:
        return {"another": self.place.person(), "administrator": self.place.person("admin")}

    def _check(
        self, operation: Operation, role: str, wanted: Expected, living: Living, people: dict[str, Caller]
    ) -> None:
        self.cells += 1
        owner = living.owner
        headers = self._headers(role, owner, people)
        for ids in variants(operation, owner.ids, hidden=wanted == HIDDEN):
            answer = self._send(living, ids, headers)
            if answer.is_success:
                self.reached.add(operation)
            for fault in faults_of(answer, wanted):
                self._fault(operation, role, fault)
            if role in {"nobody", "another"} and operation.audience != "anyone" and shows(answer, owner):
                self._fault(operation, role, f"was shown what is the owner's: {answer.text[:200]}")
            if wanted == HIDDEN:
                self._compare(operation, role, answer, [self._send(living, each, headers)
                                                        for each in unknown_to_all(operation, ids)])  # fmt: skip

    def _compare(self, operation: Operation, role: str, answer: httpx.Response, others: list[httpx.Response]) -> None:
        for other in others:
            if told(answer) != told(other):
                self._fault(operation, role, f"can tell {told(answer)} from {told(other)}")

    def _headers(self, role: str, owner: Owner, people: dict[str, Caller]) -> dict[str, str]:
        address = {"X-Forwarded-For": new_address()}
        if role == "nobody":
            return address
        if role in SERVICES:
            return {**self.place.service_headers(role, self.place.service.name), **address}
        caller = owner.caller if role == "owner" else people[role]
        return {**caller.headers, **address}

    def _send(self, living: Living, ids: dict[str, str], headers: dict[str, str]) -> httpx.Response:
        self.requests += 1
        return patiently(lambda: living.send(ids, headers))

    def _fault(self, operation: Operation, role: str, what: str) -> None:
        self.faults.append(f"{operation} by {role}: {what}")


def variants(operation: Operation, ids: dict[str, str], *, hidden: bool) -> Iterator[dict[str, str]]:
    """The owner's ids; for somebody else also the owner's thing beside one's own `me`."""
    yield ids
    if hidden and "user_id" in operation.ids_in_path and len(operation.ids_in_path) > 1:
        yield {**ids, "user_id": "me"}


def unknown_to_all(operation: Operation, ids: dict[str, str]) -> Iterator[dict[str, str]]:
    """Ids in place of these that nobody has; where a path may hold anything, also what is no id."""
    yield {name: value if value == "me" else nobodys(value) for name, value in ids.items()}
    if operation.ids_in_path:
        yield {name: value if value == "me" else "no-id" for name, value in ids.items()}


def faults_of(answer: httpx.Response, wanted: Expected) -> Iterator[str]:
    status = answer.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        yield f"got {status}"
    elif wanted == SERVED and not answer.is_success:
        yield f"should be served and got {status} {answer.text[:300]}"
    elif wanted == HIDDEN and status != HTTPStatus.NOT_FOUND:
        yield f"should find nothing and got {status} {answer.text[:200]}"
    elif wanted == APART and status == HTTPStatus.UNAUTHORIZED:
        yield "was not known"
    elif isinstance(wanted, int) and status != wanted:
        yield f"should get {wanted} and got {status} {_text(answer)[:200]}"


def _text(answer: httpx.Response) -> str:
    return answer.text if answer.is_stream_consumed else "a stream"


def told(answer: httpx.Response) -> tuple[Any, ...]:
    """All of an answer but what names the request itself."""
    document = dict(answer.json()) if answer.headers.get("content-type") == "application/problem+json" else answer.text
    if isinstance(document, dict):
        document = {name: value for name, value in document.items() if name not in {"instance", "request_id"}}
    headers = {name for name in answer.headers if name != "date"}
    return answer.status_code, document, headers


def shows(answer: httpx.Response, owner: Owner) -> bool:
    """Whether the owner's marker is in an answer, or the id, other than in the path that is given back."""
    text = _text(answer)
    if answer.headers.get("content-type") == "application/problem+json":
        text = str({**answer.json(), "instance": ""})
    return owner.marker in text or str(owner.caller.user_id) in text

"""R6: each service is replaced by a new process under load, and nobody who calls through the gateway is refused."""

import threading
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import Any, NamedTuple, Self
from uuid import uuid4

import httpx
import pytest

from local_stack.keys import ensure_secrets, write_secrets
from local_stack.layout import SERVICES
from local_stack.supervisor import Supervisor
from tests.faults.campaign import FULL, report
from tests.faults.test_neighbours_away import FEATURES, READS
from tests.support.people import PASSWORD, SignedIn
from tests.support.stack import Stack
from tests.support.waiting import PATIENCE_S, eventually, patiently

REQUESTS = 20_000 if FULL else 2_000
CLIENTS = 6
PAUSE_S = 0.02 if FULL else 0.05
CONSENT = {"purpose": "scoring", "granted": True, "text_version": "2026-11"}


class Call(NamedTuple):
    """One request, and the one status that is no failure."""

    service: str
    method: str
    path: str
    body: Any = None
    status: int = 200


def calls_of(person: SignedIn) -> Iterator[Call]:
    """Reads and writes of every service, with POSTs that create: none of them may be sent a second time."""
    credentials = {"email": person.email, "password": PASSWORD}
    calls = [Call(service, "GET", path) for service, path in READS.items()]
    calls += [
        Call("score_service", "POST", "/scores/me/calculate", {"features": FEATURES}),
        Call("profile_service", "PUT", "/profile/me", {"full_name": "Nguyễn Thị Hoa"}),
        Call("profile_service", "POST", "/consents/me", CONSENT, 201),
        Call("alert_service", "POST", "/alerts/read-all"),
        Call("survey_service", "POST", "/survey/submit", {"answers": person.answers()}),
    ]
    # A password costs as much as fifty others, so it is asked for now and then.
    yield from cycle([*calls * 5, Call("user_service", "POST", "/auth/login", credentials)])


class Client(threading.Thread):
    """Somebody who calls one thing after the other over a connection that is kept, and never anything twice."""

    def __init__(self, person: SignedIn) -> None:
        super().__init__(daemon=True)
        self.calls = calls_of(person)
        self.client = httpx.Client(base_url=person.client.base_url, timeout=PATIENCE_S, headers=person.client.headers)
        self.enough = threading.Event()
        self.sent: Counter[str] = Counter()
        self.failures: list[str] = []

    def run(self) -> None:
        while not self.enough.wait(PAUSE_S):
            call = next(self.calls)
            self.sent[call.service] += 1
            if (came := self.outcome(call)) != call.status:
                self.failures.append(f"{call.service}: {call.method} {call.path} → {came}")

    def outcome(self, call: Call) -> int | str:
        key = {"Idempotency-Key": str(uuid4())}
        try:
            answer = self.client.request(call.method, call.path, json=call.body, headers=key)
        except httpx.HTTPError as error:
            return type(error).__name__
        if answer.status_code == 200 and call.path == "/auth/login":
            # A long run outlives a token; as a cookie it would be sent a second time.
            self.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            self.client.cookies.clear()
        return answer.status_code


class Listener(threading.Thread):
    """Somebody who follows their alerts, and follows them again wherever the stream has ended."""

    def __init__(self, person: SignedIn, token_holder: httpx.Client) -> None:
        super().__init__(daemon=True)
        self.client, self.token_holder, self.enough = person.client, token_holder, threading.Event()
        self.opened, self.failures = 0, list[str]()

    def run(self) -> None:
        while not self.enough.wait(PAUSE_S):
            self.opened += 1
            self.client.headers["Authorization"] = self.token_holder.headers["Authorization"]
            try:
                with self.client.stream("GET", "/alerts/stream", timeout=PATIENCE_S) as stream:
                    if stream.status_code != 200:
                        self.failures.append(f"stream: {stream.status_code}")
                    for _ in stream.iter_lines():
                        if self.enough.is_set():
                            break
            except httpx.HTTPError as error:
                self.failures.append(f"stream: {type(error).__name__}")


class Load:
    """All of them at work, for as long as the block lasts."""

    def __init__(self, stack: Stack) -> None:
        people = [stack.new_person() for _ in range(CLIENTS)]
        for person in people:
            person.ok("POST", "/scores/me/calculate", {"features": FEATURES})
        self.clients = [Client(person) for person in people]
        self.listener = Listener(people[0], self.clients[0].client)

    def __enter__(self) -> Self:
        for each in (*self.clients, self.listener):
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (*self.clients, self.listener):
            each.enough.set()
        for client in self.clients:
            client.join()
            client.client.close()
        # A stream with nothing to tell stays open; with its session it ends, and the thread does not outlive the test.
        while self.listener.is_alive():
            patiently(lambda: self.listener.client.post("/auth/logout"))
            self.listener.join(1)

    @property
    def sent(self) -> Counter[str]:
        return sum((client.sent for client in self.clients), Counter[str]())

    @property
    def failures(self) -> list[str]:
        return [failure for each in (*self.clients, self.listener) for failure in each.failures]


def process_of(stack: Stack, service: str) -> int:
    (process,) = Supervisor(stack.layout).running(service)
    return int(process["pid"])


def replace(stack: Stack, service: str, load: Load) -> int:
    """Have one service run anew; how many requests of it were sent meanwhile."""
    sent, before = load.sent[service], process_of(stack, service)
    done = stack.command("restart", service)
    assert done.returncode == 0, done.stdout + done.stderr
    assert process_of(stack, service) != before
    return load.sent[service] - sent


@pytest.mark.timeout(3_600 if FULL else 1_800)
def test_every_service_is_replaced_under_load_and_not_one_request_fails(stack: Stack) -> None:
    meanwhile: list[int] = []
    with Load(stack) as load:
        while sum(load.sent.values()) < REQUESTS or not meanwhile:
            meanwhile += [replace(stack, service, load) for service in SERVICES]
    assert load.failures == []
    assert min(meanwhile) > 0, "each was called while it changed"
    assert load.listener.opened > 1, "the stream went from one process to the other"
    requests, then = sum(load.sent.values()), sum(meanwhile)
    report("R6", f"{requests} requests of {CLIENTS} clients through the gateway, {then} of them to a service that was"
           f" being replaced just then, as {len(SERVICES)} services were {len(meanwhile)} times: 0 failed")  # fmt: skip


def test_a_service_that_is_stopped_and_started_is_missed(stack: Stack) -> None:
    """The control: the same load notices one that is away."""
    with Load(stack) as load, stack.without("score_service"):
        eventually(lambda: load.failures, "somebody misses it")
    assert {failure.partition(":")[0] for failure in load.failures} == {"score_service"}


def test_a_new_process_that_does_not_start_leaves_the_old_one_at_work(stack: Stack) -> None:
    person, old, secrets = stack.new_person(), process_of(stack, "survey_service"), ensure_secrets(stack.layout)
    try:
        write_secrets(stack.layout, {**secrets, "survey_service": "not the password"})
        refused = stack.command("restart", "survey_service")
    finally:
        write_secrets(stack.layout, secrets)
    assert refused.returncode == 1
    assert refused.stderr.startswith("survey_service keeps stopping. The end of ")
    assert process_of(stack, "survey_service") == old
    person.ok("GET", "/survey/questions")
    assert stack.command("restart", "survey_service").returncode == 0
    assert process_of(stack, "survey_service") != old


def test_a_restart_that_was_killed_is_made_up_for_by_the_next(stack: Stack) -> None:
    Supervisor(stack.layout).start_service("survey_service")
    left = {process["pid"] for process in Supervisor(stack.layout).running("survey_service")}
    assert len(left) == 2
    assert stack.command("restart", "survey_service").returncode == 0
    assert process_of(stack, "survey_service") not in left

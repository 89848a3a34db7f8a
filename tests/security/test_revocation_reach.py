"""S6: how long a session that ended is still taken by the other services, while people use them."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import numpy as np
import pytest

from tests.integration.user_service.visitor import Visitor
from tests.security.bad_tokens import PROTECTED
from tests.security.campaign import FULL, report
from tests.support.callers import SERVICES
from tests.support.services import RunningService, RunService
from tests.support.waiting import PATIENCE_S, patiently

SESSIONS = 250 if FULL else 20
OPEN_TO_PEOPLE = {**PROTECTED, "user_service": "/users/me"}
BUSY_PAUSE_S = 0.02


@pytest.fixture(scope="module")
def services(module_services: RunService) -> list[RunningService]:
    users = module_services("user_service", ARGON2_MEMORY_KIB="1024", ARGON2_ROUNDS="1")
    others = [name for name in SERVICES if name != "user_service"]
    return [users, *(module_services(name, USER_SERVICE_URL=users.base_url) for name in others)]


def sign_in(member: Visitor) -> Visitor:
    member.tokens = patiently(lambda: member.try_password(member.password)).raise_for_status().json()
    return member


def answer_of(service: RunningService, who: Visitor, client: httpx.Client | None = None) -> httpx.Response:
    url = f"{service.base_url}{OPEN_TO_PEOPLE[service.name]}"
    return (client or service.client).get(url, headers=who.bearer)


def ask(service: RunningService, who: Visitor, client: httpx.Client | None = None) -> int:
    return answer_of(service, who, client).status_code


@pytest.fixture
def load(services: list[RunningService]) -> Iterator[list[int]]:
    """One person who uses every service all the time; what they were answered."""
    bystander, enough, answers = Visitor(services[0]).sign_up().sign_in(), threading.Event(), list[int]()

    def use(service: RunningService) -> None:
        with httpx.Client(timeout=PATIENCE_S) as client:
            while not enough.wait(BUSY_PAUSE_S):
                answers.append(ask(service, bystander, client))

    threads = [threading.Thread(target=use, args=[service]) for service in services]
    for thread in threads:
        thread.start()
    yield answers
    enough.set()
    for thread in threads:
        thread.join()


def seconds_until_refused(service: RunningService, who: Visitor, ended: float) -> float:
    """The aim is p99 ≤ 1 s, which the report says; a test that fails on a slow day would soon be ignored."""
    while ask(service, who) != 401:
        assert time.monotonic() - ended < PATIENCE_S, f"{service.name} still takes it"
        time.sleep(0.005)
    return time.monotonic() - ended


@pytest.mark.timeout(1_800 if FULL else 900)
def test_a_session_that_ended_is_soon_refused_by_every_service(services: list[RunningService], load: list[int]) -> None:
    taken: list[float] = []
    with ThreadPoolExecutor(len(services)) as pool:
        for _ in range(SESSIONS):
            member = sign_in(Visitor(services[0]).sign_up())
            asked = [patiently(partial(answer_of, service, member)).status_code for service in services]
            assert asked == [200] * len(services)
            patiently(partial(member.post, "/auth/logout", headers=member.bearer)).raise_for_status()
            ended = time.monotonic()
            waits = [pool.submit(seconds_until_refused, service, member, ended) for service in services]
            taken += [wait.result() for wait in waits]
    p50, p99 = np.quantile(taken, [0.5, 0.99])
    figures = f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, slowest {max(taken) * 1000:.0f} ms"
    others = f"{len(load)} other requests ({load.count(503)} told to wait)"
    report("S6", f"n = {SESSIONS} sessions at {len(services)} services, {others}: {figures}")
    assert set(load) <= {200, 503}

"""S5: refresh tokens under lost responses, thefts and races."""

import json
import random
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.integration.user_service.test_refreshing import age_spent_tokens, ends, live_tokens
from tests.integration.user_service.visitor import Visitor, new_address
from tests.security.campaign import FULL, report
from tests.security.flawed import FLAW
from tests.support.services import RunningService, RunService
from tests.support.waiting import PATIENCE_S, patiently

LOST, ROUNDS = (200, 20) if FULL else (20, 5)
STOLEN = 1_000 if FULL else 40
RACES, RUNNERS = (30 if FULL else 2), 200
CHEAP_HASHES = {"ARGON2_MEMORY_KIB": "1024", "ARGON2_ROUNDS": "1"}


@pytest.fixture(scope="module")
def users(module_services: RunService) -> RunningService:
    return module_services("user_service", **CHEAP_HASHES)


def new_member(service: RunningService) -> Visitor:
    return Visitor(service).sign_up().sign_in()


def refresh(visitor: Visitor) -> httpx.Response:
    """One that was told to come again has done nothing yet, neither lost a session nor stolen one."""
    return patiently(visitor.refresh)


def elsewhere(member: Visitor) -> Visitor:
    """Somebody else with the same tokens."""
    return Visitor(
        member.service, member.email, address=new_address(), user_agent="thief/1", tokens=dict(member.tokens)
    )


@contextmanager
def response_lost(member: Visitor) -> Iterator[None]:
    """A refresh whose answer is never read. Inside it may still be under way; afterwards it was done."""
    body = json.dumps({"refresh_token": member.tokens["refresh_token"]})
    head = (
        "POST /auth/refresh HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"X-Forwarded-For: {member.address}\r\nUser-Agent: {member.user_agent}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", member.service.port), timeout=PATIENCE_S) as connection:
        connection.sendall((head + body).encode())
        time.sleep(random.choice([0, 0.005, 0.05]))  # noqa: S311
        yield
        connection.recv(1)


def honest_logouts(service: RunningService, members: int, rounds: int) -> int:
    def go_on(_: int) -> int:
        member = new_member(service)
        for _ in range(rounds):
            with response_lost(member):
                answer = refresh(member)
            if answer.status_code != 200:
                return 1
            member.tokens = answer.json()
        return 0

    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(go_on, range(members)))


def thief_comes_second(member: Visitor) -> Visitor:
    thief = elsewhere(member)
    member.tokens = refresh(member).json()
    refresh(thief)
    return thief


def thief_comes_first(member: Visitor) -> Visitor:
    thief = elsewhere(member)
    thief.tokens = refresh(thief).json()
    refresh(member)
    return thief


def thief_looks_the_same_but_is_late(member: Visitor) -> Visitor:
    thief = Visitor(member.service, member.email, address=member.address, tokens=dict(member.tokens))
    member.tokens = refresh(member).json()
    age_spent_tokens(member, 61)
    refresh(thief)
    return thief


def thief_has_a_grandparent(member: Visitor) -> Visitor:
    thief = Visitor(member.service, member.email, address=member.address, tokens=dict(member.tokens))
    for _ in range(2):
        member.tokens = refresh(member).json()
    refresh(thief)
    return thief


THEFTS: list[Callable[[Visitor], Visitor]] = [
    thief_comes_second, thief_comes_first, thief_looks_the_same_but_is_late, thief_has_a_grandparent,
]  # fmt: skip


def families_that_live_on(service: RunningService, thefts: int) -> Counter[str]:
    """After a theft neither has a token that opens anything, and the session ended for that reason."""

    def steal(number: int) -> str:
        theft = THEFTS[number % len(THEFTS)]
        member = new_member(service)
        thief = theft(member)
        dead = refresh(member).status_code == refresh(thief).status_code == 401
        return "" if dead and ends(member) == ["token_reused"] else theft.__name__

    with ThreadPoolExecutor(4) as pool:
        return Counter(name for name in pool.map(steal, range(thefts)) if name)


@pytest.mark.timeout(1_800 if FULL else 900)
def test_a_lost_response_logs_nobody_out(users: RunningService) -> None:
    assert honest_logouts(users, LOST, ROUNDS) == 0
    report("S5 lost responses", f"n = {LOST * ROUNDS} of {LOST} people: 0 honest logouts")


@pytest.mark.timeout(1_800 if FULL else 900)
def test_every_stolen_token_ends_its_family(users: RunningService) -> None:
    assert families_that_live_on(users, STOLEN) == {}
    report("S5 thefts", f"n = {STOLEN} in {len(THEFTS)} ways: all families revoked")


@pytest.mark.timeout(1_800 if FULL else 900)
def test_two_hundred_at_once_leave_one_live_child_or_none(users: RunningService) -> None:
    """A busy machine may tell some to come again; what they sent has then done nothing."""
    busy = 0
    for number in range(RACES):
        member = new_member(users)
        # In every second race half of them are somebody else, and then nobody may be left.
        runners = [member, elsewhere(member) if number % 2 else member] * (RUNNERS // 2)
        with ThreadPoolExecutor(RUNNERS) as pool:
            answers = list(pool.map(lambda runner: runner.refresh(), runners))
        told_to_wait = [answer for answer in answers if answer.status_code == 503]
        assert {answer.status_code for answer in answers} <= {200, 401, 503}
        assert all("Retry-After" in answer.headers for answer in told_to_wait)
        busy += len(told_to_wait)
        assert live_tokens(member) == (0 if number % 2 else 1)
        assert len({answer.json()["refresh_token"] for answer in answers if answer.is_success}) <= 1
    report("S5 races", f"n = {RACES} x {RUNNERS} at once, {busy} told to wait: never more than one live child")


def test_a_service_that_forgives_every_replay_is_noticed(run_service: RunService) -> None:
    flawed = run_service("user_service", module="tests.security.flawed", **CHEAP_HASHES, **{FLAW: "thefts"})
    assert families_that_live_on(flawed, len(THEFTS)) != {}


def test_a_service_that_forgives_no_replay_is_noticed(run_service: RunService) -> None:
    flawed = run_service("user_service", module="tests.security.flawed", **CHEAP_HASHES, **{FLAW: "lost_responses"})
    assert honest_logouts(flawed, 4, 5) > 0

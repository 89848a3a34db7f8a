"""S4: how long an answer takes does not tell whether there is an account."""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from tests.integration.user_service.visitor import Visitor, new_email
from tests.security.campaign import FULL, report
from tests.security.flawed import FLAW
from tests.support.services import RunningService, RunService

TRIES = 5  # for each address, within what throttling lets through
ADDRESSES = 600 if FULL else 40
ALLOWED = 0.03
# A busy machine may hide even a leak, so it is looked for again.
NOTICED, CONTROLS_MAX = 0.6, 3
# A hash that stands out from the noise, yet costs a campaign less than the one that is shipped.
HASHES = {"ARGON2_MEMORY_KIB": "19456", "ARGON2_ROUNDS": "1"}

Sample = tuple[float, bool]


def log_in(visitor: Visitor) -> int:
    return visitor.try_password("not the password").status_code


def ask_for_recovery(visitor: Visitor) -> int:
    return visitor.post("/auth/forgot-password", {"email": visitor.email}).status_code


WAYS: dict[str, tuple[Callable[[Visitor], int], int]] = {"login": (log_in, 401), "recovery": (ask_for_recovery, 202)}


def samples(service: RunningService, way: str, addresses: int) -> list[Sample]:
    """Times of answers for accounts and for nobody, in an order that says nothing, each from a network of its own."""
    act, status = WAYS[way]
    with ThreadPoolExecutor(4) as pool:
        known = list(pool.map(lambda _: Visitor(service).sign_up().email, range(addresses)))
    emails = [(email, True) for email in known] + [(new_email(), False) for _ in known]
    order = emails * TRIES
    random.Random(4).shuffle(order)  # noqa: S311
    taken = []
    for email, has_account in order:
        visitor = Visitor(service, email)
        started = time.perf_counter()
        answered = act(visitor)
        taken.append((time.perf_counter() - started, has_account))
        assert answered == status
    return taken


def accuracy(taken: Sequence[Sample]) -> float:
    """How often the best threshold, found on one half of the samples, is right about the other half."""
    times, known = np.array([each[0] for each in taken]), np.array([each[1] for each in taken])
    half = len(taken) // 2
    thresholds = np.quantile(times[:half], np.linspace(0.01, 0.99, 99))
    rates = [_rate(times[:half] > each, known[:half]) for each in thresholds]
    best = int(np.argmax([abs(rate - 0.5) for rate in rates]))
    found = _rate(times[half:] > thresholds[best], known[half:])
    return found if rates[best] >= 0.5 else 1 - found


def _rate(guessed: Any, known: Any) -> float:
    """Balanced accuracy: the mean of being right about accounts and about nobody."""
    return float((np.mean(guessed[known]) + np.mean(~guessed[~known])) / 2)


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("way", WAYS)
def test_the_time_of_an_answer_tells_nothing(run_service: RunService, way: str) -> None:
    """A small sample proves little, so only the full size holds the figure to its bound."""
    taken = samples(run_service("user_service", **HASHES), way, ADDRESSES)
    right = accuracy(taken)
    report(f"S4 {way}", f"n = {len(taken)} answers: a threshold is right about {right:.3f} of them")
    assert abs(right - 0.5) <= (ALLOWED if FULL else 0.3)


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("way", WAYS)
def test_an_answer_that_comes_sooner_for_nobody_is_noticed(run_service: RunService, way: str) -> None:
    leaky = run_service("user_service", module="tests.security.flawed", **HASHES, **{FLAW: f"{way}_time"})
    found = []
    while len(found) < CONTROLS_MAX and max(found, default=0) < NOTICED:
        found.append(accuracy(samples(leaky, way, 40)))
    report(f"S4 {way}, control", f"of a leaky service, with n = 400 answers, right about {found[-1]:.3f}")
    assert found[-1] >= NOTICED

"""P10: how long after a score is stored its alert can be read."""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles

from benchmarks.figures import Figure
from benchmarks.scores import scored_person
from tests.support.people import SignedIn
from tests.support.stack import Stack

PEOPLE, SCORES_EACH = 2, 300
# Far enough apart that every score is a sudden change, of which an alert tells.
FAR_APART = ({"utilisation": 1.0}, {"utilisation": 0.05})
ASKED_EVERY_S = 0.003


def arriving(stack: Stack) -> list[Figure]:
    with ThreadPoolExecutor(PEOPLE) as pool:
        taken = [pair for pairs in pool.map(_times, [scored_person(stack) for _ in range(PEOPLE)]) for pair in pairs]
    alerts, reads = zip(*taken, strict=True)
    return [
        Figure("P10", "score stored → alert readable, p99, beside one read of the alerts",
               f"{_p99(alerts):.0f} ms", f"{_p99(reads):.0f} ms", f"median {median(alerts):.0f} ms", "≤ 250 ms",
               f"{len(taken)} scores, {PEOPLE} people at once, through the gateway"),
    ]  # fmt: skip


def _times(person: SignedIn) -> list[tuple[float, float]]:
    """For each score the milliseconds until its alert was there, and those that the last read of them took."""
    features = person.ok("GET", "/scores/me")["factors"]
    known = {factor["feature"]: factor["value"] for factor in features}
    return [_until_told(person, {**known, **FAR_APART[number % 2]}) for number in range(SCORES_EACH)]


def _until_told(person: SignedIn, features: dict[str, float]) -> tuple[float, float]:
    before = _newest(person)
    person.ok("POST", "/scores/me/calculate", {"features": features})
    stored = time.perf_counter()
    while True:
        asked = time.perf_counter()
        if _newest(person) != before:
            told = time.perf_counter()
            return (told - stored) * 1e3, (told - asked) * 1e3
        time.sleep(ASKED_EVERY_S)


def _newest(person: SignedIn) -> int | None:
    alerts = person.ok("GET", "/alerts/me?limit=1")
    return alerts[0]["id"] if alerts else None


def _p99(values: tuple[float, ...]) -> float:
    return quantiles(values, n=100)[98]

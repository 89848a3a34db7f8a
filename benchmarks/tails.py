"""P8, P9: how long the slowest wait at an ordinary load, and what is still done when too many come."""

import asyncio
import statistics

from benchmarks.figures import Figure
from benchmarks.load import Answers, closed_loop, open_loop, request
from benchmarks.scores import scored_person
from benchmarks.servers import FEATURES
from tests.support.stack import Stack

ROUNDS = 5
SHARE_OF_CAPACITY, LASTING_S = 0.6, 10
OVERLOAD, OVERLOAD_S, PEOPLE = 5, 6, 16


def waiting(stack: Stack) -> list[Figure]:
    port = stack.layout.port("score_service")
    read = [request("GET", "/scores/me", scored_person(stack).session["access_token"])]
    asyncio.run(closed_loop(port, read, 4_000))
    capacity = asyncio.run(closed_loop(port, read, 8_000)).only(200).a_second
    taken = [asyncio.run(open_loop(port, read, SHARE_OF_CAPACITY * capacity, LASTING_S)) for _ in range(ROUNDS)]
    p50 = statistics.median(answers.only(200).quantile(0.5) for answers in taken)
    p99 = statistics.median(answers.quantile(0.99) for answers in taken)
    times = statistics.median(answers.quantile(0.99) / answers.quantile(0.5) for answers in taken)
    return [
        Figure("P8", f"p99 of reads that come at {SHARE_OF_CAPACITY:.0%} of capacity ({capacity:.0f}/s), beside p50",
               f"{p99 * 1e3:.1f} ms", f"{p50 * 1e3:.1f} ms", f"{times:.1f}×", "≤ 2.5×",
               f"{ROUNDS} rounds of {len(taken[0].seconds)}"),
    ]  # fmt: skip


def overloaded(stack: Stack) -> list[Figure]:
    """Through the gateway, whose business it is to turn away what the services could not do in time."""
    port = stack.layout.port("gateway")
    people = [scored_person(stack) for _ in range(PEOPLE)]
    calculate = [
        request("POST", "/api/v1/scores/me/calculate", each.session["access_token"], FEATURES) for each in people
    ]
    asyncio.run(closed_loop(port, calculate, 400, PEOPLE))
    rounds = [_peak_and_goodput(port, calculate) for _ in range(ROUNDS)]
    peak, goodput, share = (statistics.median(values) for values in zip(*[each[:3] for each in rounds], strict=True))
    others = sum((answers.statuses for _, _, _, answers in rounds), start=Answers().statuses)
    asked = sum(others.values())
    return [
        Figure("P9", f"scores calculated a second while {OVERLOAD}× as many are asked for, beside the peak "
               f"(of {asked} asked: {_told(others)})", f"{goodput:.0f}/s", f"{peak:.0f}/s", f"{share:.2f}", "≥ 0.9",
               f"{ROUNDS} rounds of {asked // ROUNDS}"),
    ]  # fmt: skip


def _peak_and_goodput(port: int, calculate: list[bytes]) -> tuple[float, float, float, Answers]:
    peak = asyncio.run(closed_loop(port, calculate, 1_600, PEOPLE)).only(200).a_second
    answers = asyncio.run(open_loop(port, calculate, OVERLOAD * peak, OVERLOAD_S))
    return peak, answers.a_second, answers.a_second / peak, answers


def _told(statuses: "dict[int, int]") -> str:
    return ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))

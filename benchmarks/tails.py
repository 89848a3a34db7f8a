"""P8, P9: how long the slowest wait at an ordinary load, and what is still done when too many come."""

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.figures import Figure
from benchmarks.load import Answers, closed_loop, request
from benchmarks.pacing import on_a_core_of_its_own, paced, seconds_ready_to_run
from benchmarks.scores import scored_person
from benchmarks.servers import FEATURES, backends, database_url, peer, pid_of
from tests.support.stack import Stack

ROUNDS = 5
SHARE_OF_CAPACITY, LASTING_S = 0.6, 10
OVERLOAD, OVERLOAD_S, OVERLOAD_LINES, PEOPLE = 5, 6, 400, 16


def waiting(stack: Stack) -> list[Figure]:
    """Beside the handler written by hand, at the same share of its own capacity: what both wait for is not ours."""
    person, url = scored_person(stack), database_url(stack, "score_service")
    pid, port = pid_of(stack, "score_service"), stack.layout.port("score_service")
    read, by_hand = (request("GET", "/scores/me", person.session["access_token"]),
                     request("GET", f"/scores/{person.user_id}"))  # fmt: skip
    with peer("by_hand", PEER_DATABASE_URL=url) as (hand_pid, hand_port):
        ours, theirs = zip(
            *((_tail(pid, port, read, url), _tail(hand_pid, hand_port, by_hand, url)) for _ in range(ROUNDS)),
            strict=True,
        )
    what, n = f"p99 of reads that come at {SHARE_OF_CAPACITY:.0%} of", f"{ROUNDS} rounds of {LASTING_S} s"
    return [
        _tail_figure(f"{what} what one core of the service serves", "≤ 2.5×", n, ours),
        _tail_figure(f"{what} what one core of the handler written by hand serves", "", n, theirs),
    ]


@dataclass(frozen=True)
class _Tail:
    """Seconds within which half and nearly all were answered, at how many a second; and the share of the time in which
    the server had something to do and no core to do it on, which is the machine's doing."""

    a_second: float
    p50: float
    p99: float
    waited: float


def _tail(pid: int, port: int, read: bytes, url: str) -> _Tail:
    with on_a_core_of_its_own(pid, others=backends(url)):
        asyncio.run(closed_loop(port, [read], 2_000))
        capacity = asyncio.run(closed_loop(port, [read], 8_000)).only(200).a_second
        waited = seconds_ready_to_run(pid)
        answers = paced(port, [read], SHARE_OF_CAPACITY * capacity, LASTING_S).only(200)
        waited = (seconds_ready_to_run(pid) - waited) / answers.took_s
    return _Tail(capacity, answers.quantile(0.5), answers.quantile(0.99), waited)


def _tail_figure(what: str, goal: str, n: str, tails: Sequence[_Tail]) -> Figure:
    rate, p50, p99, waited, times = (
        statistics.median(values)
        for values in zip(*((each.a_second, each.p50, each.p99, each.waited, each.p99 / each.p50) for each in tails),
                          strict=True)
    )  # fmt: skip
    return Figure("P8", f"{what} ({rate:.0f}/s), beside p50; {waited:.0%} of the time it waited for its core",
                  f"{p99 * 1e3:.1f} ms", f"{p50 * 1e3:.1f} ms", f"{times:.1f}×", goal, n)  # fmt: skip


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
    answers = paced(port, calculate, OVERLOAD * peak, OVERLOAD_S, OVERLOAD_LINES)
    return peak, answers.a_second, answers.a_second / peak, answers


def _told(statuses: "dict[int, int]") -> str:
    return ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))

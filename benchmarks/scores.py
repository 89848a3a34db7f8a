"""P1, P2, P3: reading and calculating a score, asked of the score service itself."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2

from benchmarks.figures import Figure
from benchmarks.load import CONNECTIONS, closed_loop, cpu_seconds, cpu_us_a_request, ratios, request, throughput
from benchmarks.servers import FEATURES, database_url, peer, pid_of
from tests.support.people import SignedIn
from tests.support.stack import Stack

ROUNDS = 7
READS, WRITES = 8_000, 1_600


def scored_person(stack: Stack) -> SignedIn:
    person = stack.new_person()
    person.client.post("/scores/me/calculate", content=FEATURES, headers={"Content-Type": "application/json"})
    return person


def reading(stack: Stack) -> list[Figure]:
    person = scored_person(stack)
    pid, port = pid_of(stack, "score_service"), stack.layout.port("score_service")
    read = [request("GET", "/scores/me", person.session["access_token"])]
    by_hand = [request("GET", f"/scores/{person.user_id}")]
    n = f"{ROUNDS} rounds of {READS}"
    with (
        peer("hello") as (hello_pid, hello_port),
        peer("by_hand", PEER_DATABASE_URL=database_url(stack, "score_service")) as (_, hand_port),
    ):
        ours, hello, times = ratios(
            ROUNDS,
            lambda: cpu_us_a_request(pid, port, read, READS),
            lambda: cpu_us_a_request(hello_pid, hello_port, [request("GET", "/")], READS),
        )
        rate, hand_rate, share = ratios(
            ROUNDS, lambda: throughput(port, read, READS), lambda: throughput(hand_port, by_hand, READS)
        )
    return [
        Figure("P1", "authenticated read of the current score, CPU, beside a bare Starlette hello",
               f"{ours:.0f} µs", f"{hello:.0f} µs", f"{times:.1f}×", "≤ 8×", n),
        Figure("P2", "its throughput, beside a FastAPI + asyncpg handler written by hand, without identity",
               f"{rate:.0f}/s", f"{hand_rate:.0f}/s", f"{share:.2f}", "≥ 0.7", n),
    ]  # fmt: skip


def calculating(stack: Stack) -> list[Figure]:
    """Without the relay, which is the figure, and with it, until all is delivered, since every score pays for both."""
    # A person each, as in life: two scores of one person wait for each other.
    people = [scored_person(stack) for _ in range(CONNECTIONS)]
    pid, port = pid_of(stack, "score_service"), stack.layout.port("score_service")
    ours = [request("POST", "/scores/me/calculate", each.session["access_token"], FEATURES) for each in people]
    theirs = [request("POST", f"/scores/{each.user_id}", body=FEATURES) for each in people]
    url = database_url(stack, "score_service")
    place = {"LOCAL_DIR": str(stack.layout.folder), "PORT_OFFSET": str(stack.layout.port_offset)}
    with (
        peer("by_hand", PEER_DATABASE_URL=url) as (hand_pid, hand_port),
        peer("without_relay:app", **place) as (request_pid, request_port),
    ):

        def calculation() -> float:
            with _held_still(pid):
                cost = cpu_us_a_request(request_pid, request_port, ours, WRITES)
            _wait_until_delivered(url)
            return cost

        def calculation_and_delivery() -> float:
            before = cpu_seconds(pid)
            asyncio.run(closed_loop(port, ours, WRITES)).only(200)
            _wait_until_delivered(url)
            return (cpu_seconds(pid) - before) / WRITES * 1e6

        def single_insert() -> float:
            return cpu_us_a_request(hand_pid, hand_port, theirs, WRITES)

        alone, insert, times = ratios(ROUNDS, calculation, single_insert)
        relayed, insert_beside, times_relayed = ratios(ROUNDS, calculation_and_delivery, single_insert)
    n, beside = f"{ROUNDS} rounds of {WRITES}", "CPU, beside a handler with a single INSERT"
    return [
        Figure("P3", f"calculate (validate, score, reasons, store, history, outbox), {beside}",
               f"{alone:.0f} µs", f"{insert:.0f} µs", f"{times:.1f}×", "≤ 2×", n),
        Figure("P3", f"the same and its delivery by the relay, {beside}",
               f"{relayed:.0f} µs", f"{insert_beside:.0f} µs", f"{times_relayed:.1f}×", "", n),
    ]  # fmt: skip


@contextmanager
def _held_still(pid: int) -> Iterator[None]:
    """Who delivers meanwhile, on the same two cores, makes dearer what is measured, and not what is beside it."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _wait_until_delivered(url: str) -> None:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT count(*) FROM outbox WHERE delivered_at IS NULL AND set_aside_at IS NULL")
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.05)

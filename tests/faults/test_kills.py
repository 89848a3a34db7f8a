"""R1: SIGKILL of the score service, its relay and the alert service at every commit and every send."""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.faults.campaign import FULL, TOKEN_LIFE_S, Flow, report, wait_until
from tests.support.callers import Caller
from tests.support.killable import ARMED_FILE, COMMIT_POINTS, RELAY_POINTS, UNPROTECTED, arm
from tests.support.services import RunningService, RunService

# KILLS asks for another number than the campaign's.
KILLS = int(os.environ.get("KILLS", "1000" if FULL else "27"))
PEOPLE = 8
IN_SCORE_SERVICE = COMMIT_POINTS + RELAY_POINTS
POINTS = len(IN_SCORE_SERVICE + COMMIT_POINTS)
# The goal is 5 s and the report says what it took; a test must not fail on a slow day.
RECOVERY_LIMIT_S = 30

StartFlow = Callable[..., Flow]


@pytest.fixture
def start_flow(run_service: RunService, tmp_path: Path) -> Iterator[StartFlow]:
    """`start_flow(alert_service="inbox")`: the two services, one of them without a protection."""

    def run(name: str, unprotected: dict[str, str], **env: str) -> RunningService:
        env |= {UNPROTECTED: unprotected[name]} if name in unprotected else {}
        return run_service(name, module="tests.support.killable", **{ARMED_FILE: str(tmp_path / name)}, **env)

    flows = []

    def start(**unprotected: str) -> Flow:
        alerts = run("alert_service", unprotected)
        flows.append(Flow(run("score_service", unprotected, ALERT_SERVICE_URL=alerts.base_url), alerts))
        return flows[-1]

    yield start
    for flow in flows:
        flow.abandon()


def kill_at(service: RunningService, folder: Path, point: str) -> float:
    """Let the service die at `point` and start it anew; the seconds from its death until it was ready again."""
    arm(folder / service.name, point)
    wait_until(lambda: service.process.poll() is not None, f"{service.name} passes {point}", 120)
    died = time.monotonic()
    service.start()
    return time.monotonic() - died


def kills_of(
    service: RunningService, folder: Path, points: tuple[str, ...], count: int, *, lives_s: float
) -> list[float]:
    """Kill it so often, at each point in turn, each time after it has worked for up to `lives_s`."""
    rng = random.Random(count)  # noqa: S311
    recovery = []
    for point in islice(cycle(points), count):
        time.sleep(rng.uniform(0, lives_s))
        recovery.append(kill_at(service, folder, point))
    return recovery


@pytest.mark.timeout(7_200 if FULL else 600)
def test_nothing_is_lost_or_doubled_wherever_a_process_is_killed(
    start_flow: StartFlow, tmp_path: Path, new_person: Callable[..., Caller]
) -> None:
    flow = start_flow()
    share = KILLS * len(IN_SCORE_SERVICE) // POINTS
    flow.start([new_person(exp=int(time.time()) + TOKEN_LIFE_S) for _ in range(PEOPLE)], pause_s=0.5)
    with ThreadPoolExecutor(2) as pool:
        both = [
            pool.submit(kills_of, flow.scores, tmp_path, IN_SCORE_SERVICE, share, lives_s=0.1),
            # It must answer some updates in between, or the score service never passes the points after that.
            pool.submit(kills_of, flow.alerts, tmp_path, COMMIT_POINTS, KILLS - share, lives_s=4),
        ]
        recovery = [seconds for each in both for seconds in each.result()]
    flow.finish()
    last = time.monotonic()
    # While processes die all the time more is sent than delivered; a long campaign leaves a long backlog.
    wait_until(flow.drained, "the outbox drains", 1_800 if FULL else 120)
    drained = time.monotonic() - last
    assert flow.faults() == []
    assert all(sender.statuses[0] > 0 for sender in flow.senders), "the control: somebody noticed no kill"
    ready = f"ready again after {statistics.median(recovery):.1f} s (median), {max(recovery):.1f} s (longest)"
    after = f"the last events arrived {drained:.1f} s after the last score"
    sizes = f"{len(recovery)} kills at {POINTS} points, {flow.sent} scores of {PEOPLE} people"
    report("R1", f"{sizes}: 0 lost, 0 doubled; {ready}; {after}")
    assert max(recovery) < RECOVERY_LIMIT_S


# Which service lacks what, and where a kill then shows it.
CONTROLS = {
    "idempotency": ("score_service", "after_commit"),
    "outbox": ("score_service", "before_send"),
    "inbox": ("alert_service", "after_commit"),
}


@pytest.mark.parametrize("protection", CONTROLS)
def test_without_a_protection_one_kill_is_noticed(
    start_flow: StartFlow, tmp_path: Path, new_person: Callable[..., Caller], protection: str
) -> None:
    name, point = CONTROLS[protection]
    flow = start_flow(**{name: protection})
    if protection == "inbox":
        flow.alerts.sql("ALTER TABLE score_updates DROP CONSTRAINT uq_score_updates_event_id")
    flow.start([new_person()], pause_s=0.1)
    kill_at(flow.scores if name == "score_service" else flow.alerts, tmp_path, point)
    flow.finish()
    wait_until(flow.drained, "the outbox drains")
    assert flow.faults() != []

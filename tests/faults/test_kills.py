"""R1: SIGKILL of the score service, its relay and the alert service at every commit and every send."""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.faults.campaign import FULL, TOKEN_LIFE_S, Flow, report
from tests.support.callers import Caller
from tests.support.killable import ARMED_FILE, COMMIT_POINTS, REBORN, RELAY_POINTS, UNPROTECTED, arm, was_passed
from tests.support.services import RunningService, RunService
from tests.support.waiting import PATIENCE_S, eventually

# KILLS asks for another number than the campaign's.
KILLS = int(os.environ.get("KILLS", "1000" if FULL else "100"))
# Every ninth time the service starts from nothing, as it does where it is deployed: by those recovery is judged.
FROM_NOTHING_EACH = 9
PEOPLE = 8
IN_SCORE_SERVICE = COMMIT_POINTS + RELAY_POINTS
POINTS = len(IN_SCORE_SERVICE + COMMIT_POINTS)

StartFlow = Callable[..., Flow]


@pytest.fixture
def start_flow(run_service: RunService, tmp_path: Path) -> Iterator[StartFlow]:
    """`start_flow(alert_service="inbox")`: the two services, one of them without a protection."""

    def run(name: str, unprotected: dict[str, str], **env: str) -> RunningService:
        env |= {ARMED_FILE: str(tmp_path / name), REBORN: "1"}
        env |= {UNPROTECTED: unprotected[name]} if name in unprotected else {}
        return run_service(name, module="tests.support.killable", **env)

    flows = []

    def start(**unprotected: str) -> Flow:
        alerts = run("alert_service", unprotected)
        flows.append(Flow(run("score_service", unprotected, ALERT_SERVICE_URL=alerts.base_url), alerts))
        return flows[-1]

    yield start
    for flow in flows:
        flow.abandon()


def kill_at(service: RunningService, folder: Path, point: str, *, from_nothing: bool = False) -> float:
    """Let the service die at `point`; the seconds from its death until it, started anew, was ready again."""
    if from_nothing:
        service.kill()  # what it is a fork of; the service itself goes on until it passes the point
    arm(folder / service.name, point)
    eventually(lambda: was_passed(folder / service.name), f"{service.name} passes {point}")
    died = time.monotonic()
    if from_nothing:
        service.start()
    else:
        service.wait_until_ready()
    return time.monotonic() - died


@dataclass
class Killer:
    """Kills a service at each of its points in turn, each time after it has worked for up to `lives_s`.

    It keeps how many seconds passed until the service was ready again, started from nothing or forked.
    """

    service: RunningService
    folder: Path
    points: tuple[str, ...]
    lives_s: float
    from_nothing: list[float] = field(default_factory=list)
    forked: list[float] = field(default_factory=list)

    def kill(self, times: int) -> None:
        rng = random.Random(times)  # noqa: S311
        for number, point in enumerate(islice(cycle(self.points), times)):
            time.sleep(rng.uniform(0, self.lives_s))
            from_nothing = number % FROM_NOTHING_EACH == 0
            took = kill_at(self.service, self.folder, point, from_nothing=from_nothing)
            (self.from_nothing if from_nothing else self.forked).append(took)


def of(seconds: list[float]) -> str:
    """`of([1.0, 2.0, 6.0]) == "after 2.0 s (median of 3), 6.0 s at most"`."""
    return f"after {statistics.median(seconds):.1f} s (median of {len(seconds)}), {max(seconds):.1f} s at most"


@pytest.mark.timeout(7_200 if FULL else 1_800)
def test_nothing_is_lost_or_doubled_wherever_a_process_is_killed(
    start_flow: StartFlow, tmp_path: Path, new_person: Callable[..., Caller]
) -> None:
    flow = start_flow()
    flow.start([new_person(exp=int(time.time()) + TOKEN_LIFE_S) for _ in range(PEOPLE)], pause_s=0.5)
    killers = [
        Killer(flow.scores, tmp_path, IN_SCORE_SERVICE, lives_s=0.1),
        # It must answer some updates in between, or the score service never passes the points after that.
        Killer(flow.alerts, tmp_path, COMMIT_POINTS, lives_s=2),
    ]
    share = KILLS * len(IN_SCORE_SERVICE) // POINTS
    with ThreadPoolExecutor() as pool:
        list(pool.map(Killer.kill, killers, (share, KILLS - share)))
    flow.finish()
    last = time.monotonic()
    # While processes die all the time more is sent than delivered; a long campaign leaves a long backlog.
    eventually(flow.drained, "the outbox drains", 1_800 if FULL else 2 * PATIENCE_S)
    drained = time.monotonic() - last
    assert flow.faults() == []
    assert all(sender.statuses[0] > 0 for sender in flow.senders), "the control: somebody noticed no kill"
    from_nothing = [took for killer in killers for took in killer.from_nothing]
    forked = [took for killer in killers for took in killer.forked]
    sizes = f"{len(from_nothing + forked)} kills at {POINTS} points, {flow.sent} scores of {PEOPLE} people"
    # The goal is 5 s, which the report can be held to; a test must not fail on a slow day.
    ready = f"ready again, started from nothing {of(from_nothing)}, forked {of(forked)}"
    after = f"the last events arrived {drained:.1f} s after the last score"
    load = f"a load of {os.getloadavg()[2]:.0f} on {os.cpu_count()} cores"
    report("R1", f"{sizes}: 0 lost, 0 doubled; {ready}; {after}; at {load}")


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
    eventually(flow.drained, "the outbox drains")
    assert flow.faults() != []

"""R2: scores reach the alert service over a link that drops, delays, cuts, doubles, repeats, and fails every fifth."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from tests.faults.campaign import FULL, TOKEN_LIFE_S, Flow, report
from tests.support.bad_link import BadLink
from tests.support.callers import Caller
from tests.support.killable import ARMED_FILE, UNPROTECTED
from tests.support.services import RunService
from tests.support.waiting import PATIENCE_S, eventually

# EVENTS asks for another number than the campaign's.
EVENTS = int(os.environ.get("EVENTS", "10000" if FULL else "500"))
PEOPLE = min(EVENTS // 10, 200)
SHARES = {"fail": 0.2, "drop": 0.05, "delay": 0.05, "cut": 0.05, "double": 0.05, "repeat": 0.05}
SEED = 7
LIMIT_S = 3_000 if FULL else 3 * PATIENCE_S


@contextmanager
def flow_over_bad_link(run_service: RunService, **unprotected: str) -> Iterator[tuple[Flow, BadLink]]:
    """Two services with the link between them; `alert_service="inbox"` takes that one's protection away."""

    def lacking(name: str) -> dict[str, str]:
        return {ARMED_FILE: "/nonexistent", **({UNPROTECTED: unprotected[name]} if name in unprotected else {})}

    killable = "tests.support.killable"
    alerts = run_service("alert_service", module=killable, **lacking("alert_service"))
    with closing(BadLink(alerts.base_url, SHARES, SEED)) as link:
        scores = run_service("score_service", module=killable, ALERT_SERVICE_URL=link.url, **lacking("score_service"))
        flow = Flow(scores, alerts)
        try:
            yield flow, link
        finally:
            flow.abandon()
            scores.stop()


@pytest.mark.timeout(2 * LIMIT_S + 600)
def test_over_a_bad_link_everything_arrives_once_and_in_order(
    run_service: RunService, new_person: Callable[..., Caller]
) -> None:
    with flow_over_bad_link(run_service) as (flow, link):
        people = [new_person(exp=int(time.time()) + TOKEN_LIFE_S) for _ in range(PEOPLE)]
        flow.start(people, count=EVENTS // PEOPLE)
        flow.finish(LIMIT_S)
        eventually(flow.drained, "the outbox drains", LIMIT_S)
        link.settle()
        assert flow.faults() == []
        assert link.fates.keys() == {*SHARES, "arrive"}, "the control: some of everything happened"
        assert flow.sent == PEOPLE * (EVENTS // PEOPLE)
        fates = ", ".join(f"{count} {fate}" for fate, count in sorted(link.fates.items()))
        report("R2", f"{flow.sent} events of {PEOPLE} people: 0 lost, 0 doubled, in order; requests: {fates}")


@pytest.mark.parametrize(("service", "protection"), [("alert_service", "inbox"), ("score_service", "order")])
def test_without_a_protection_the_bad_link_is_noticed(
    run_service: RunService, new_person: Callable[..., Caller], service: str, protection: str
) -> None:
    with flow_over_bad_link(run_service, **{service: protection}) as (flow, link):
        if protection == "inbox":
            flow.alerts.sql("ALTER TABLE score_updates DROP CONSTRAINT uq_score_updates_event_id")
        # Out of order they can only come where several of a person wait at once, which no speed is to decide.
        link.shut = protection == "order"
        flow.start([new_person() for _ in range(10)], count=8)
        flow.finish()
        link.shut = False
        eventually(flow.drained, "the outbox drains")
        link.settle()
        assert flow.faults() != []

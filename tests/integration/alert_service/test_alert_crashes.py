"""The alert service is killed while scores come in: what it answered it has, and nothing is told twice."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.integration.alert_service.scored_person import ScoredPerson, alerts_by_the_rules
from tests.support.callers import Caller
from tests.support.services import RunService

PEOPLE, SCORES_EACH, KILLS = 6, 40, 2
PATIENCE_S = 120


def send_until_taken(person: ScoredPerson, scores: list[int]) -> int:
    """What the relay does: one event after the other, each until it is answered. Returns how often it had to repeat."""
    repeated = 0
    deadline = time.monotonic() + PATIENCE_S
    for score in scores:
        update = person.update(score)
        while not taken(person, update):
            assert time.monotonic() < deadline, "the service did not come back"
            repeated += 1
            time.sleep(0.02)
    return repeated


def taken(person: ScoredPerson, update: dict[str, object]) -> bool:
    try:
        return person.report(update).status_code == 200
    except httpx.TransportError:
        return False


def test_killed_and_restarted_it_tells_every_milestone_once_and_in_order(
    run_service: RunService, new_person: Callable[..., Caller], service_headers: Callable[..., dict[str, str]]
) -> None:
    service = run_service("alert_service")
    headers = service_headers("score_service", "alert_service", exp=int(time.time()) + 600)
    people = [ScoredPerson(service, new_person(), headers) for _ in range(PEOPLE)]
    rng = random.Random(7)  # noqa: S311
    histories = [[rng.randint(640, 700) for _ in range(SCORES_EACH)] for _ in people]
    with ThreadPoolExecutor(PEOPLE) as pool:
        senders = [pool.submit(send_until_taken, *each) for each in zip(people, histories, strict=True)]
        for _ in range(KILLS):
            time.sleep(0.3)
            service.kill()
            service.start()
        repeated = sum(sender.result() for sender in senders)
    assert repeated > 0, "the control: some event met a dead service"
    for person, history in zip(people, histories, strict=True):
        stored = person.service.sql("SELECT kind, score FROM alerts WHERE user_id = %s ORDER BY id", person.user_id)
        assert stored == alerts_by_the_rules(history)
        assert person.count("score_updates") == SCORES_EACH

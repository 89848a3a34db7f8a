"""The alert service is killed while scores come in: what it answered it has, and nothing is told twice."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.integration.alert_service.scored_person import ScoredPerson, alerts_by_the_rules
from tests.support.callers import Caller
from tests.support.services import RunService
from tests.support.waiting import eventually

PEOPLE, SCORES_BETWEEN, KILLS = 6, 10, 2


class Sending:
    """Scores of people reported as the relay does it: one event after the other, each until it is answered."""

    def __init__(self, people: list[ScoredPerson]) -> None:
        self.people = people
        self.enough, self.met_the_dead = threading.Event(), threading.Event()

    def send(self, person: ScoredPerson, seed: int) -> None:
        rng = random.Random(seed)  # noqa: S311
        while not self.enough.is_set():
            update = person.update(rng.randint(640, 700))
            while not taken(person, update):
                assert not self.enough.is_set(), "the service did not come back"
                self.met_the_dead.set()
                time.sleep(0.02)

    def wait_for_more(self) -> None:
        """Let everybody send some more."""
        wanted = {id(each): len(each.scores) + SCORES_BETWEEN for each in self.people}
        eventually(lambda: all(len(each.scores) >= wanted[id(each)] for each in self.people), "scores come in")


def taken(person: ScoredPerson, update: dict[str, object]) -> bool:
    try:
        return person.report(update).status_code == 200
    except httpx.TransportError:
        return False


def test_killed_and_restarted_it_tells_every_milestone_once_and_in_order(
    run_service: RunService, new_person: Callable[..., Caller], service_headers: Callable[..., dict[str, str]]
) -> None:
    service = run_service("alert_service")
    headers = service_headers("score_service", "alert_service")
    sending = Sending([ScoredPerson(service, new_person(), headers) for _ in range(PEOPLE)])
    with ThreadPoolExecutor(PEOPLE) as pool:
        senders = [pool.submit(sending.send, person, seed) for seed, person in enumerate(sending.people)]
        try:
            for _ in range(KILLS):
                sending.wait_for_more()
                service.kill()
                sending.met_the_dead.clear()
                eventually(sending.met_the_dead.is_set, "some event meets a dead service")
                service.start()
            sending.wait_for_more()
        finally:
            sending.enough.set()
    for person, sender in zip(sending.people, senders, strict=True):
        sender.result()
        stored = person.service.sql("SELECT kind, score FROM alerts WHERE user_id = %s ORDER BY id", person.user_id)
        assert stored == alerts_by_the_rules(person.scores)
        assert person.count("score_updates") == len(person.scores)

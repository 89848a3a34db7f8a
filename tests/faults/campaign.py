"""Scores that flow from the score service to the alert service while something goes wrong, and what must be true after.

`FAULTS=full` runs the campaigns at full size, minutes to an hour, and writes what came of them into RESULTS.md.
"""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.integration.alert_service.scored_person import alerts_by_the_rules
from tests.support.callers import Caller
from tests.support.results import Results
from tests.support.services import RunningService
from tests.support.waiting import PATIENCE_S

RESULTS = Results("FAULTS", Path(__file__).parent)
FULL, report = RESULTS.full, RESULTS.report
FEATURES: dict[str, Any] = {"late60": 0, "late90": 0, "debt_ratio": 0.3, "lines": 6, "mortgages": 1}
TOKEN_LIFE_S = 4 * 3600


class Sender(threading.Thread):
    """Calculates one person's scores one after the other, each under its own key until it is answered."""

    def __init__(self, scores: RunningService, person: Caller, *, count: int | None = None, pause_s: float = 0) -> None:
        super().__init__(daemon=True)
        self.scores, self.person, self.count, self.pause_s = scores, person, count, pause_s
        self.enough, self.abandoned = threading.Event(), threading.Event()
        self.statuses: Counter[int] = Counter()
        self.answered: list[dict[str, Any]] = []
        self._random = random.Random(person.user_id.int)  # noqa: S311

    def run(self) -> None:
        while not self.enough.is_set() and len(self.answered) != self.count:
            features = {**FEATURES, "utilisation": self._random.random(), "late30": self._random.randrange(3)}
            self.answered += self._until_answered({"features": features}, str(uuid4()))
            time.sleep(self.pause_s)

    def _until_answered(self, body: dict[str, Any], key: str) -> list[dict[str, Any]]:
        """The one answer; none once the sender is abandoned."""
        headers = {**self.person.headers, "Idempotency-Key": key}
        while not self.abandoned.is_set():
            try:
                answer = self.scores.client.post("/scores/me/calculate", json=body, headers=headers)
            except httpx.TransportError:
                self.statuses[0] += 1
            else:
                self.statuses[answer.status_code] += 1
                if answer.status_code == 200:
                    return [answer.json()]
            time.sleep(0.05)
        return []


@dataclass
class Flow:
    """The two services and the people whose scores go from one to the other."""

    scores: RunningService
    alerts: RunningService
    senders: list[Sender] = field(default_factory=list)

    def start(self, people: list[Caller], *, count: int | None = None, pause_s: float = 0) -> None:
        self.senders = [Sender(self.scores, person, count=count, pause_s=pause_s) for person in people]
        for sender in self.senders:
            sender.start()

    def finish(self, limit_s: float = 2 * PATIENCE_S) -> None:
        """Let the senders end; `start` with a count waits until each has sent as many."""
        for sender in self.senders:
            if sender.count is None:
                sender.enough.set()
            sender.join(limit_s)
            assert not sender.is_alive(), sender.statuses

    def abandon(self) -> None:
        """Stop the senders of a campaign that failed, before the services they talk to are gone."""
        for sender in self.senders:
            sender.enough.set()
            sender.abandoned.set()
            sender.join()

    def drained(self) -> bool:
        return self.scores.sql("SELECT count(*) FROM outbox WHERE delivered_at IS NULL") == [(0,)]

    @property
    def sent(self) -> int:
        return sum(len(sender.answered) for sender in self.senders)

    def faults(self) -> list[str]:
        """Everything that was lost, doubled or told out of order; nothing, if the promises were kept."""
        return [fault for sender in self.senders for fault in self._faults_of(sender)]

    def _faults_of(self, sender: Sender) -> list[str]:
        user_id = sender.person.user_id
        stored = self.scores.sql("SELECT version, score FROM scores WHERE user_id = %s ORDER BY version", user_id)
        arrived = self.alerts.sql(
            "SELECT score_version, new_score FROM score_updates WHERE user_id = %s ORDER BY id", user_id
        )
        alerts = self.alerts.sql("SELECT kind, score FROM alerts WHERE user_id = %s ORDER BY id", user_id)
        answered = [(each["version"], each["current_score"]) for each in sender.answered]
        expected = [
            ("scores stored", stored, answered),
            ("updates received", arrived, answered),
            ("alerts made", alerts, alerts_by_the_rules([score for _, score in answered])),
        ]
        return [f"{what}: {found} instead of {wanted}" for what, found, wanted in expected if found != wanted]

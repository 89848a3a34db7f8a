"""A person whose scores are reported as the score service reports them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid4

from alert_service.domain.milestones import NewScore, State, decide
from tests.support.callers import Caller
from tests.support.services import RunningService

# Lately, so that a service started anew does not find these scores old.
CALCULATED_AT = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
BANDS = {580: "fair", 670: "good", 740: "very_good", 800: "exceptional"}
CATEGORIES = {"poor": "Poor", "fair": "Fair", "good": "Good", "very_good": "Excellent", "exceptional": "Excellent"}


def score_update(user_id: UUID, version: int, score: int, old_score: int | None = None) -> dict[str, Any]:
    band = next((BANDS[each] for each in sorted(BANDS, reverse=True) if score >= each), "poor")
    return {
        "event_id": str(uuid4()),
        "user_id": str(user_id),
        "old_score": old_score,
        "new_score": score,
        "band": band,
        "category": CATEGORIES[band],
        "model_version": "2026.1",
        "score_version": version,
        "reasons": [],
        "calculated_at": CALCULATED_AT,
    }


def alerts_by_the_rules(scores: Sequence[int]) -> list[tuple[str, int]]:
    """What a history of scores is told as, by the rules alone, oldest first."""
    state, told = State(), []
    for version, score in enumerate(scores, start=1):
        decision = decide(state, NewScore(version, score))
        state = decision.state
        told += [(str(each.kind), score) for each in decision.announcements]
    return told


@dataclass
class ScoredPerson:
    """Somebody whose scores are reported one after the other; `get`, `post`, `put` and `delete` call as that person."""

    service: RunningService
    caller: Caller
    score_service: dict[str, str]
    scores: list[int] = field(default_factory=list)

    @property
    def user_id(self) -> UUID:
        return self.caller.user_id

    def update(self, score: int, **changes: Any) -> dict[str, Any]:
        """The next update of this person, not sent yet."""
        old_score = self.scores[-1] if self.scores else None
        self.scores.append(score)
        return {**score_update(self.user_id, len(self.scores), score, old_score), **changes}

    def report(self, update: dict[str, Any], path: str = "/score-updates") -> httpx.Response:
        return self.service.client.post(path, json=update, headers=self.score_service)

    def scored(self, *scores: int) -> list[dict[str, Any]]:
        """Report scores; the alerts of the last one."""
        alerts: list[dict[str, Any]] = []
        for score in scores:
            answer = self.report(self.update(score))
            assert answer.status_code == 200, answer.text
            alerts = answer.json()
        return alerts

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.service.client.get(path, params=params or None, headers=self.caller.headers)

    def post(self, path: str) -> httpx.Response:
        return self.service.client.post(path, headers=self.caller.headers)

    def delete(self, path: str) -> httpx.Response:
        return self.service.client.delete(path, headers=self.caller.headers)

    def put(self, path: str, body: Any) -> httpx.Response:
        return self.service.client.put(path, json=body, headers=self.caller.headers)

    def count(self, table: str) -> int:
        query = f"SELECT count(*) FROM {table} WHERE user_id = %s"  # noqa: S608 - a table's name, from the tests
        return int(self.service.sql(query, self.user_id)[0][0])


NewScoredPerson = Callable[[], ScoredPerson]

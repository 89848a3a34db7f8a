"""A person with a score to be, and the two neighbours of the score service as the tests play them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from tests.support.callers import Caller
from tests.support.neighbour import FakeNeighbour, Received, Reply
from tests.support.services import RunningService
from tests.support.waiting import patiently

FEATURES: dict[str, Any] = {
    "utilisation": 0.31,
    "late30": 1,
    "late60": 0,
    "late90": 0,
    "debt_ratio": 0.35,
    "lines": 7,
    "mortgages": 1,
}
REQUIRED = ["utilisation", "late30", "late60", "late90", "lines"]


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in FEATURES.items() if name not in names}


def survey_response(features: dict[str, Any]) -> dict[str, Any]:
    return {
        "user_id": "0193b1f0-0000-7000-8000-000000000001",
        "response_id": "0193b1f0-0000-7000-8000-000000000002",
        "version": 3,
        "submitted_at": "2026-03-01T09:30:00Z",
        "facts": {name: value for name, value in features.items() if value is not None},
        "features": features,
    }


class Neighbours:
    """A survey and an alert service that answer each person as that person's test says, and others plainly."""

    def __init__(self) -> None:
        self.survey, self.alerts = FakeNeighbour(), FakeNeighbour()
        self.survey.answer = self._answer_survey
        self.alerts.answer = self._answer_alerts
        self.survey_answers: dict[str, Callable[[Received], Reply]] = {}
        self.alert_answers: dict[str, Callable[[Received], Reply]] = {}

    def _answer_survey(self, request: Received) -> Reply:
        who = request.path.rpartition("/")[2] if request.method == "GET" else request.body["answers"].get("test")
        return self.survey_answers.get(who, lambda _request: Reply(404))(request)

    def _answer_alerts(self, request: Received) -> Reply:
        return self.alert_answers.get(request.body["user_id"], lambda _request: Reply())(request)

    def updates_of(self, user_id: UUID) -> list[dict[str, Any]]:
        """What was posted about a person, in order, with repeats: an answer that is too late is one that is lost."""
        return [each.body for each in list(self.alerts.received) if each.body["user_id"] == str(user_id)]

    def close(self) -> None:
        self.survey.close()
        self.alerts.close()


@dataclass
class Borrower:
    """Somebody who calls the score service; the paths begin behind their own `/scores/{user_id}`."""

    service: RunningService
    caller: Caller
    neighbours: Neighbours

    @property
    def user_id(self) -> UUID:
        return self.caller.user_id

    def get(self, path: str = "", **params: Any) -> httpx.Response:
        return self.service.client.get(
            f"/scores/{self.user_id}{path}", params=params or None, headers=self.caller.headers
        )

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """`send`, and again while the survey service is said to be away, which a busy machine can make it seem."""
        return patiently(lambda: self.send(path, body, **headers))

    def send(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """`body=None` sends no body at all; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = {} if body is None else {"json": body}
        return self.service.client.post(
            f"/scores/{self.user_id}{path}", headers={**self.caller.headers, **named}, **content
        )

    def calculate(self, **changes: Any) -> dict[str, Any]:
        answer = self.post("/calculate", {"features": {**FEATURES, **changes}})
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def survey_says(self, reply: Reply) -> None:
        self.neighbours.survey_answers[str(self.user_id)] = lambda _request: reply

    def survey_reads_answers(self, reply: Reply) -> dict[str, Any]:
        """The survey's reply to flat answers; send what is returned here among them, so that it is known whose."""
        self.neighbours.survey_answers[str(self.user_id)] = lambda _request: reply
        return {"test": str(self.user_id)}

    def alerts_say(self, answer: Callable[[Received], Reply]) -> None:
        self.neighbours.alert_answers[str(self.user_id)] = answer

    def count(self, table: str) -> int:
        column = "key" if table == "outbox" else "user_id"
        query = f"SELECT count(*) FROM {table} WHERE {column} = %s"  # noqa: S608 - names from the tests
        return int(self.service.sql(query, self.user_id)[0][0])

    def stored(self) -> tuple[int, int, int]:
        return self.count("current_scores"), self.count("scores"), self.count("outbox")


NewBorrower = Callable[[], Borrower]

"""A person at the survey, answering by question key."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.callers import Caller
from tests.support.services import RunningService
from tests.support.waiting import patiently

COMPLETE: dict[str, Any] = {
    "monthly_income": 3000, "has_cards": "yes", "card_limit": 1500, "card_balance": 450, "lines": 3, "ever_late": "no",
    "debt_payments": "900", "mortgages": 1,
}  # fmt: skip
FEATURES = {"utilisation": 0.3, "late30": 0, "late60": 0, "late90": 0, "debt_ratio": 0.3, "lines": 3, "mortgages": 1}


@dataclass
class Respondent:
    service: RunningService
    caller: Caller

    def __post_init__(self) -> None:
        self.ids = {each["key"]: each["id"] for each in self.get("/survey/questions").json()}

    def get(self, path: str) -> httpx.Response:
        return self.service.client.get(path, headers=self.caller.headers)

    def save(self, key: str, answer: object) -> httpx.Response:
        body = {"question_id": self.ids[key], "answer": answer}
        return patiently(lambda: self.service.client.patch("/survey/answer", json=body, headers=self.caller.headers))

    def submit(self, answers: dict[str, object], **headers: str) -> httpx.Response:
        listed = [{"question_id": self.ids[key], "answer": answer} for key, answer in answers.items()]
        return self.send({"answers": listed}, **headers)

    def send(self, body: object, **headers: str) -> httpx.Response:
        sent = {**self.caller.headers, **headers}
        return patiently(lambda: self.service.client.post("/survey/submit", json=body, headers=sent))

    def answers(self) -> dict[str, object]:
        return {each["key"]: each["answer"] for each in self.get("/survey/answers/me").json()}

    def progress(self) -> dict[str, Any]:
        progress: dict[str, Any] = self.get("/survey/progress/me").json()
        return progress

    def responses(self) -> list[tuple[Any, ...]]:
        return self.service.sql(
            "SELECT status, version FROM responses WHERE user_id = %s ORDER BY started_at, id", self.caller.user_id
        )

"""The main job, walked through the gateway as the demo account, with every step told."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from local_stack.errors import StackError
from local_stack.files import write_private
from local_stack.layout import Layout

EMAIL = "demo@example.com"
ALERT_LIMIT_S = 60
# For so long who asks to come again is asked again: right after a start the machine has most to do.
COME_AGAIN_LIMIT_S = 60
# What the demo person says wherever a question asks for one of these quantities.
FACTS = {
    "income": 4_200,
    "debt_payments": 900,
    "card_balance": 1_800,
    "card_limit": 6_000,
    "lines": 7,
    "mortgages": 1,
    "age": 37,
    "dependents": 1,
}


@dataclass(frozen=True)
class Account:
    """The demo account. `walked` says that `up` has shown the main job already."""

    file: Path
    email: str
    password: str
    walked: bool

    def save(self) -> None:
        content = {"email": self.email, "password": self.password, "walked": self.walked}
        write_private(self.file, json.dumps(content, indent=1))


def account_of(layout: Layout) -> Account:
    """The stack's demo account; its password is made on first use."""
    file = layout.folder / "demo.json"
    if not file.exists():
        Account(file, EMAIL, secrets.token_urlsafe(15), walked=False).save()
    return Account(file=file, **json.loads(file.read_text()))


def walk(layout: Layout, account: Account) -> None:
    """Walk from signing up to the milestone alert. Raises StackError naming the step that failed."""
    print(f"Walking the main job as {account.email}:", flush=True)
    with httpx.Client(base_url=f"{layout.url('gateway')}/api/v1", timeout=30, trust_env=False) as client:
        Walk(client, account).all_steps()
    replace(account, walked=True).save()


class Walk:
    def __init__(self, client: httpx.Client, account: Account) -> None:
        self.client = client
        self.account = account

    def all_steps(self) -> None:
        self.sign_in()
        self.fill_in_profile()
        self.answer_survey()
        score = self.calculate()
        self.explain()
        self.simulate(score)
        self.wait_for_alert()

    def sign_in(self) -> None:
        credentials = {"email": self.account.email, "password": self.account.password}
        new = self.call("sign up", "POST", "/auth/signup", credentials, allowed=(201, 409)).status_code == 201
        session = self.call("log in", "POST", "/auth/login", credentials).json()
        self.client.headers["Authorization"] = f"Bearer {session['access_token']}"
        tell("sign up and log in" if new else "log in", session["user"]["id"])

    def fill_in_profile(self) -> None:
        profile = {"full_name": "Demo Person", "phone": "0912 345 678", "date_of_birth": "1989-05-17"}
        stored = self.call("profile", "PUT", "/profile/me", profile, allowed=(200, 201)).json()
        preferences = self.call("preferences", "PUT", "/preferences/me", {"theme": "dark", "language": "en"}).json()
        tell("profile and preferences", f"{stored['full_name']}, theme {preferences['theme']}")

    def answer_survey(self) -> None:
        questions = self.call("survey questions", "GET", "/survey/questions").json()
        answers = [{"question_id": question["id"], "answer": answer_to(question)} for question in questions]
        self.call("save one answer", "PATCH", "/survey/answer", answers[0])
        self.call("submit the survey", "POST", "/survey/submit", {"answers": answers}, allowed=(200, 201))
        tell("survey", f"{len(answers)} questions answered and submitted")

    def calculate(self) -> dict[str, Any]:
        score: dict[str, Any] = self.call("calculate", "POST", "/scores/me/calculate", allowed=(200, 201)).json()
        tell("score", f"{score['current_score']} ({score['category']}), better than {score['percentile']} %")
        return score

    def explain(self) -> None:
        for factor in self.call("factors", "GET", "/scores/me/factors").json()["factors"]:
            tell("", f"{factor['name']}: {factor['points']:+} of {factor['max_points']} points, {factor['impact']}")

    def simulate(self, score: Mapping[str, Any]) -> None:
        changes = {"changes": {"utilisation": 0.05}}
        simulated = self.call("simulate", "POST", "/scores/me/simulate", changes).json()
        tell("with 5 % of the cards used", f"{simulated['score']} instead of {score['current_score']}")

    def wait_for_alert(self) -> None:
        deadline = time.monotonic() + ALERT_LIMIT_S
        while not (alerts := self.call("alerts", "GET", "/alerts/me").json()):
            if time.monotonic() > deadline:
                raise StackError(f"No alert came within {ALERT_LIMIT_S} seconds of the score; make logs shows why.")
            time.sleep(0.2)
        tell("alert", f"{alerts[0]['title']}: {alerts[0]['message']}")

    def call(
        self, step: str, method: str, path: str, body: Any = None, allowed: tuple[int, ...] = (200,)
    ) -> httpx.Response:
        deadline = time.monotonic() + COME_AGAIN_LIMIT_S
        while (response := self._sent(step, method, path, body)).status_code == 503 and time.monotonic() < deadline:
            time.sleep(int(response.headers.get("Retry-After", 1)))
        if response.status_code not in allowed:
            raise StackError(f"The walk stopped at '{step}': {method} {path} → {response.status_code} {response.text}")
        return response

    def _sent(self, step: str, method: str, path: str, body: Any) -> httpx.Response:
        try:
            return self.client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise StackError(f"The walk stopped at '{step}': {error}. Is the stack up?") from error


def answer_to(question: Mapping[str, Any]) -> Any:
    """What the demo person answers: their facts where asked, and never a late payment."""
    match question["question_type"]:
        case "single_choice":
            return _most_punctual(question["options"])
        case "multiple_choice":
            return [_most_punctual(question["options"])]
        case "number":
            wanted = FACTS.get(question.get("fact") or "", question.get("min") or 0)
            return min(max(wanted, question.get("min") or 0), question.get("max") or wanted)
        case _:
            return "Nothing to add"


def _most_punctual(options: list[dict[str, Any]]) -> Any:
    return min(options, key=lambda option: sum((option.get("facts") or {}).values()))["value"]


def tell(step: str, outcome: str) -> None:
    print(f"  {step:<28} {outcome}", flush=True)

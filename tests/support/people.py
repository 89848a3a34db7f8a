"""People who use the system through its gateway, whichever way it runs."""

import random
from typing import Any
from uuid import uuid4

import httpx

from local_stack.demo import answer_to
from tests.support.waiting import PATIENCE_S, eventually, patiently

PASSWORD = "correct horse battery staple"


class Door:
    """A gateway that people come in by, and who they are."""

    def __init__(self, gateway: str) -> None:
        self.gateway = gateway
        self.people: list[SignedIn] = []

    def new_person(self) -> "SignedIn":
        self.people.append(SignedIn(self))
        return self.people[-1]

    def leave(self) -> None:
        for person in self.people:
            person.client.close()


class SignedIn:
    """Somebody who signed up through the gateway and logged in, with a client that carries their token."""

    def __init__(self, door: Door) -> None:
        self.email = f"person-{random.randrange(10**12)}@example.com"  # noqa: S311 - a name, not a secret
        self.client = httpx.Client(base_url=door.gateway, timeout=PATIENCE_S)
        credentials = {"email": self.email, "password": PASSWORD}
        self.user_id = self.ok("POST", "/auth/signup", credentials, 201)["id"]
        self.session = self.ok("POST", "/auth/login", credentials)
        self.client.cookies.clear()
        self.client.headers["Authorization"] = f"Bearer {self.session['access_token']}"

    def ok(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """What is answered, as an app asks: it comes again when it is asked to, and with a key that makes it one."""
        key = {"Idempotency-Key": str(uuid4())}
        answer = patiently(lambda: self.client.request(method, path, json=body, headers=key))
        assert answer.status_code == status, f"{method} {path} → {answer.status_code} {answer.text}"
        return answer.json()

    def answer_survey(self, **facts: float) -> None:
        self.ok("POST", "/survey/submit", {"answers": self.answers(**facts)})

    def answers(self, **facts: float) -> list[dict[str, Any]]:
        """Answers to everything as the demo person would give them, but for the facts named."""
        questions = self.ok("GET", "/survey/questions")
        return [
            {"question_id": each["id"], "answer": facts.get(each.get("fact") or "") or answer_to(each)}
            for each in questions
        ]

    def wait_for(self, path: str, done: Any) -> Any:
        """What is read there, once it is as it should be."""

        def read() -> bool:
            nonlocal answer
            answer = self.client.get(path)
            return answer.status_code == 200 and bool(done(answer.json()))

        answer: httpx.Response
        eventually(read, lambda: f"GET {path} stayed {answer.status_code} {answer.text}")
        return answer.json()

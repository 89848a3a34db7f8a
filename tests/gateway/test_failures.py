"""What callers hear when a service is away, slow, or hangs up. On a gateway of this module's own, with short times."""

import os
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local_stack.envoy_routes import IN_HAND_MAX, STREAM_PAUSE_MS, WAITING_MAX
from service_kit.tokens import PERSON_TOKEN
from tests.gateway.conftest import Target, own_gateway
from tests.gateway.wire import Answer, Caller
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, eventually

pytestmark = pytest.mark.skipif("GATEWAY_URL" in os.environ, reason="the services behind a given gateway are its own")

READ_TIMEOUT_MS = 2_000
TOO_LONG_S = PATIENCE_S
TOO_MANY = 50


class Deaf:
    """A service that takes every request and hangs up without an answer."""

    def __init__(self) -> None:
        self.heard = 0
        self._listener = socket.create_server(("127.0.0.1", free_port()))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                if connection.recv(65_536):
                    self.heard += 1

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture(scope="module")
def deaf() -> Iterator[Deaf]:
    service = Deaf()
    yield service
    service.close()


@pytest.fixture(scope="module")
def target(deaf: Deaf) -> Iterator[Target]:
    """Nobody listens for the profile service, the alert service is deaf, the score service may pause briefly, and the
    user service for longer than any test."""

    def change(document: dict[str, Any]) -> None:
        services = {service["name"]: service for service in document["services"]}
        services["profile_service"]["port"] = free_port()
        services["alert_service"]["port"] = deaf.port
        services["score_service"]["read_timeout"] = READ_TIMEOUT_MS
        services["user_service"]["read_timeout"] = STREAM_PAUSE_MS

    with tempfile.TemporaryDirectory(prefix="gateway-") as folder:
        yield from own_gateway(Path(folder), change)


@pytest.fixture
def ask(target: Target) -> Callable[..., Answer]:
    assert target.signing_key is not None
    token = target.signing_key.sign({"sub": "somebody", "exp": int(time.time()) + 300}, PERSON_TOKEN)
    caller = Caller(target.url, None)

    def send(method: str, path: str, body: bytes | None = None) -> Answer:
        return caller.send(method, f"/api/v1{path}", [("Authorization", f"Bearer {token}")], body)

    return send


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_service_that_is_away_is_unavailable_for_a_while(ask: Callable[..., Answer], method: str) -> None:
    answer = ask(method, "/profile/me", b"{}" if method == "POST" else None)
    assert (answer.status, answer.one("Content-Type")) == (503, "application/problem+json")
    assert (answer.json["code"], answer.one("Retry-After")) == ("unavailable", "1")


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_a_request_that_was_sent_is_not_repeated(ask: Callable[..., Answer], deaf: Deaf, method: str) -> None:
    before = deaf.heard
    assert ask(method, "/alerts/me", None if method == "GET" else b"{}").status in {502, 503}
    assert deaf.heard == before + 1


def test_a_service_that_takes_too_long_is_given_up(ask: Callable[..., Answer]) -> None:
    started = time.monotonic()
    answer = ask("GET", f"/scores/me?pause={TOO_LONG_S}")
    assert (answer.status, answer.json["code"]) == (504, "gateway_timeout")
    assert READ_TIMEOUT_MS / 2000 < time.monotonic() - started < TOO_LONG_S


def test_a_service_that_answers_in_time_is_waited_for(ask: Callable[..., Answer]) -> None:
    assert ask("GET", "/users/me?pause=3").status == 200, "others have times of their own"


def test_a_stream_may_pause_longer_than_other_answers(ask: Callable[..., Answer]) -> None:
    answer = ask("GET", "/alerts/stream?pause=3")
    assert answer.body.count(b"data:") == 2, "its events are further apart than the score service may pause"


def test_more_than_can_be_done_in_time_are_turned_away_at_once(ask: Callable[..., Answer]) -> None:
    """A hundred are in hand, a hundred wait, and fifty are too many."""
    answers: list[Answer] = []

    def be_held() -> None:
        answers.append(ask("GET", "/users/me?hold=1"))

    def call(count: int) -> list[threading.Thread]:
        callers = [threading.Thread(target=be_held) for _ in range(count)]
        for caller in callers:
            caller.start()
        return callers

    callers = call(IN_HAND_MAX)
    try:
        eventually(lambda: ask("GET", "/survey/questions").heard.held == IN_HAND_MAX, "all of them are in hand")
        callers += call(WAITING_MAX + TOO_MANY)
        eventually(lambda: len(answers) >= TOO_MANY, "some are turned away")
        assert {(each.status, each.json["code"], each.one("Retry-After")) for each in answers} == {
            (503, "unavailable", "1")
        }
    finally:
        ask("GET", "/survey/questions?release=1")
        for caller in callers:
            caller.join()
    assert Counter(answer.status for answer in answers) == {200: IN_HAND_MAX + WAITING_MAX, 503: TOO_MANY}

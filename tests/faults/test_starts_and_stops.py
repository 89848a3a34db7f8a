"""Replicas that start at once, readiness that tells the truth, and a stop that finishes what it has begun."""

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg2
import pytest

from tests.support.callers import SERVICES, Caller
from tests.support.postgres import TestServer
from tests.support.services import RunService, profile_held

READINESS_LIMIT_S = 2.0
END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"


@pytest.mark.parametrize("service", SERVICES)
def test_two_replicas_start_at_once_on_an_empty_database(
    run_service: RunService, postgres: TestServer, service: str
) -> None:
    url = postgres.create_empty_database()
    with ThreadPoolExecutor(2) as pool:
        replicas = list(pool.map(lambda _: run_service(service, url), range(2)))
    for replica in replicas:
        assert replica.client.get("/health/ready").json()["status"] == "ready"
        assert "start_failed" not in replica.log
    [(revisions,)] = replicas[0].sql("SELECT count(*) FROM alembic_version")
    assert revisions == 1


def test_readiness_follows_the_database_and_liveness_does_not(run_service: RunService, postgres: TestServer) -> None:
    service = run_service("profile_service")
    name = service.database_url.rpartition("/")[2]

    def readiness_within_limit(wanted: int) -> httpx.Response:
        deadline = time.monotonic() + READINESS_LIMIT_S
        while (answer := service.client.get("/health/ready")).status_code != wanted:
            assert time.monotonic() < deadline, answer.text
        return answer

    process = {"process": service.process.pid}
    assert readiness_within_limit(200).json() == {"status": "ready", "checks": {"database": True}} | process
    on_server(postgres, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false', f"{END_SESSIONS} WHERE datname = '{name}'")
    assert readiness_within_limit(503).json() == {"status": "not_ready", "checks": {"database": False}} | process
    assert service.client.get("/health/live").status_code == 200
    on_server(postgres, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    readiness_within_limit(200)


def on_server(postgres: TestServer, *statements: str) -> None:
    connection = psycopg2.connect(postgres.admin_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def test_a_stopping_service_finishes_the_request_it_has_and_takes_no_other(
    run_service: RunService, new_person: Callable[..., Caller]
) -> None:
    service, person = run_service("profile_service"), new_person()
    blocker = profile_held(service, person)
    answers: list[Any] = []

    def change() -> None:
        answers.append(service.client.put("/profile/me", json={"full_name": "After"}, headers=person.headers))

    waiting = threading.Thread(target=change)
    waiting.start()
    time.sleep(0.5)
    service.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{service.base_url}/health/live")
    blocker.close()
    waiting.join(10)
    assert [answer.status_code for answer in answers] == [200]
    assert service.process.wait(10) in {0, -signal.SIGTERM}  # uvicorn ends itself by the signal once it is done
    service.start()
    assert service.client.get("/profile/me", headers=person.headers).json()["full_name"] == "After"

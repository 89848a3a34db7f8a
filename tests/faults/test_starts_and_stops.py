"""Replicas that start at once, readiness that tells the truth, and a stop that finishes what it has begun."""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg2
import pytest

from tests.support.callers import SERVICES, Caller
from tests.support.postgres import TestServer
from tests.support.services import RunningService, RunService, profile_held
from tests.support.waiting import PATIENCE_S, eventually

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
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

    def told(status: int) -> httpx.Response:
        def asked() -> httpx.Response | None:
            answer = service.client.get("/health/ready")
            return answer if answer.status_code == status else None

        return eventually(asked, f"readiness is {status}")

    process = {"process": service.process.pid}
    assert told(200).json() == {"status": "ready", "checks": {"database": True}} | process
    on_server(postgres, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false', f"{END_SESSIONS} WHERE datname = '{name}'")
    assert told(503).json() == {"status": "not_ready", "checks": {"database": False}} | process
    assert service.client.get("/health/live").status_code == 200
    on_server(postgres, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    told(200)


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
    # The patience of who stops it: as short as in production, a pause of the machine would be the request's end.
    service, person = run_service("profile_service", UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN=str(PATIENCE_S)), new_person()
    blocker = profile_held(service, person)
    answers: list[Any] = []

    def change() -> None:
        answers.append(service.client.put("/profile/me", json={"full_name": "After"}, headers=person.headers))

    waiting = threading.Thread(target=change)
    waiting.start()
    eventually(lambda: service.sql(WAITING) == [(1,)], "the change waits for who holds the profile")
    service.process.send_signal(signal.SIGTERM)
    eventually(lambda: refuses_connections(service), "it takes no connection any more")
    blocker.close()
    waiting.join(PATIENCE_S)
    assert [answer.status_code for answer in answers] == [200]
    assert service.process.wait(PATIENCE_S) in {0, -signal.SIGTERM}  # uvicorn ends itself by the signal once it is done
    service.start()
    assert service.client.get("/profile/me", headers=person.headers).json()["full_name"] == "After"


def refuses_connections(service: RunningService) -> bool:
    try:
        httpx.get(f"{service.base_url}/health/live", timeout=PATIENCE_S)
    except httpx.TransportError as error:  # one that it took just before it is shut is another matter
        return isinstance(error, httpx.ConnectError)
    return False

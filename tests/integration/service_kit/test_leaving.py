"""A process that is asked to leave answers what it is asked, on no connection twice, and takes no new one."""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse

import httpx
import pytest

from tests.support.callers import Caller
from tests.support.services import RunningService, RunService, profile_held
from tests.support.waiting import PATIENCE_S, eventually


@contextmanager
def connected(service: RunningService) -> Iterator[HTTPConnection]:
    """One connection that its holder would keep, as a gateway does, and never opens again."""
    connection = HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE_S)
    connection.connect()
    connection.auto_open = 0
    try:
        yield connection
    finally:
        connection.close()


def is_last(answer: HTTPResponse) -> bool:
    """Read an answer that must be a good one, and say whether it is the connection's last."""
    answer.read()
    assert answer.status == 200
    return answer.getheader("Connection") == "close"


def asked(connection: HTTPConnection) -> HTTPResponse:
    connection.request("GET", "/health/live")
    return connection.getresponse()


def takes_connections(service: RunningService) -> bool:
    try:
        return httpx.get(f"{service.base_url}/health/live", timeout=PATIENCE_S).status_code == 200
    except httpx.TransportError:  # refused, or reset where the listener was closed before it was taken
        return False


def ask_to_leave(service: RunningService) -> None:
    service.process.send_signal(signal.SIGUSR1)
    eventually(lambda: not takes_connections(service), "it takes no connection any more")


def test_an_idle_connection_is_answered_once_more_and_then_closed(run_service: RunService) -> None:
    service = run_service("survey_service")
    with connected(service) as connection, connected(service) as silent:
        assert not is_last(asked(connection)), "the control"
        ask_to_leave(service)
        time.sleep(0.5)
        assert is_last(asked(connection))
        assert is_last(asked(silent)), "one that had not asked yet is not shut in its face"
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(PATIENCE_S) in {0, -signal.SIGTERM}


def test_a_request_that_is_under_way_is_answered_as_the_last_one(
    run_service: RunService, new_person: Callable[..., Caller]
) -> None:
    service, person = run_service("profile_service", STATEMENT_TIMEOUT_MS="60000"), new_person()
    blocker = profile_held(service, person)
    with connected(service) as connection:
        headers = {**person.headers, "Content-Type": "application/json"}
        connection.request("PUT", "/profile/me", '{"full_name": "After"}', headers)
        service.wait_until_one_is_held_up()
        ask_to_leave(service)
        blocker.close()
        assert is_last(connection.getresponse())


def test_a_listening_socket_that_others_hold_outlives_the_process(run_service: RunService) -> None:
    """Who connects while nobody takes connections waits for the next process, and is not refused."""
    service = run_service("survey_service")
    service.stop()
    with socket.create_server(("127.0.0.1", service.port), backlog=10) as listener:
        service.start(fd=listener.fileno())
        url, answers = f"{service.base_url}/health/live", list[httpx.Response]()
        ask = threading.Thread(target=lambda: answers.append(httpx.get(url, timeout=PATIENCE_S)))
        service.process.send_signal(signal.SIGUSR1)
        service.stop()
        ask.start()
        service.start(fd=listener.fileno())
        ask.join()
    assert [answer.status_code for answer in answers] == [200]
    assert "start_failed" not in service.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_alone_shuts_idle_connections_at_once(run_service: RunService, number: signal.Signals) -> None:
    """The control: this is what a request that is on its way would meet."""
    service = run_service("survey_service")
    with connected(service) as connection:
        assert not is_last(asked(connection))
        service.process.send_signal(number)
        assert connection.sock.recv(1) == b""
    service.process.wait(PATIENCE_S)
    assert "Traceback" not in service.log

"""A real supervisor with a process that dies again and again, as a service's new one does whose settings are wrong."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from xmlrpc.client import Fault

import pytest

from local_stack.layout import Layout
from local_stack.supervisor import Supervisor, config_file, socket_file
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, eventually

SERVICE = "survey_service"
STEADY, DYING = f"{SERVICE}:{SERVICE}-0", f"{SERVICE}:{SERVICE}-1"
LIFE_S = 0.05
CONFIGURATION = """
[unix_http_server]
file = {socket}

[supervisord]
logfile = {folder}/supervisor.log
pidfile = {folder}/supervisor.pid
childlogdir = {folder}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[rpcinterface:listeners]
supervisor.rpcinterface_factory = local_stack.listeners:Listeners

[fcgi-program:{service}]
socket = tcp://127.0.0.1:{port}
command = /bin/sh -c 'if [ %(process_num)s = 0 ]; then exec sleep 600; fi; sleep {life}; exit 3'
process_name = {service}-%(process_num)s
numprocs = 2
autostart = false
autorestart = true
# However short it lives, it counts as started and then dies as one that was at work.
startsecs = 0
"""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def supervisor(tmp_path: Path, port: int) -> Iterator[Supervisor]:
    layout = Layout(tmp_path, 0)
    layout.sockets.mkdir(parents=True, exist_ok=True)
    text = CONFIGURATION.format(socket=socket_file(layout), folder=tmp_path, service=SERVICE, port=port, life=LIFE_S)
    config_file(layout).write_text(text)
    running = Supervisor(layout)
    running.launch()
    yield running
    with suppress(Fault):
        running.shutdown()


def wait_until_dead(supervisor: Supervisor) -> None:
    """Return in the moment between the end of the process and its next start, in which it still has its place."""
    deadline = time.monotonic() + PATIENCE_S
    state = None
    while state != "EXITED":  # it lasts for less than a second, so that it is looked for without a pause
        assert time.monotonic() < deadline, f"it was never seen dead, but {state}"
        places = {each["place"]: each["statename"] for each in supervisor.running(SERVICE)}
        assert places.keys() == {STEADY, DYING}, "one that died was taken for one that was stopped"
        state = places[DYING]


def test_a_process_that_dies_keeps_its_place_until_it_is_stopped(supervisor: Supervisor) -> None:
    assert [supervisor.start_service(SERVICE), supervisor.start_service(SERVICE)] == [STEADY, DYING]
    for _ in range(5):
        wait_until_dead(supervisor)
        supervisor.stop(DYING)
        time.sleep(10 * LIFE_S)
        assert [each["place"] for each in supervisor.running(SERVICE)] == [STEADY]
        supervisor.stop(DYING)
        assert supervisor.start_service(SERVICE) == DYING, "its place was free"


def is_taken(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_nobody_is_refused_while_a_process_that_died_comes_back(supervisor: Supervisor, port: int) -> None:
    assert not is_taken(port)
    assert supervisor.start_service(SERVICE) == STEADY
    first = supervisor.pid(STEADY)
    os.kill(first, signal.SIGKILL)
    # supervisor looks for the dead once a second unless it is asked something, so that it is not asked meanwhile.
    until = time.monotonic() + 3
    while time.monotonic() < until:
        assert is_taken(port)
        time.sleep(0.01)
    eventually(lambda: supervisor.pid(STEADY) not in {0, first}, "it is back")
    supervisor.stop(STEADY)
    assert not is_taken(port), "a service that was stopped is no longer there"

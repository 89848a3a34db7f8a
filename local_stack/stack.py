"""Bringing the whole stack up and down."""

import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from local_stack import environment, keys, kong, postgres, readiness, render, supervisor
from local_stack.databases import ensure_databases
from local_stack.envoy import Gateway
from local_stack.errors import StackError
from local_stack.files import write_private
from local_stack.layout import PORTS, SERVICES, Layout
from local_stack.supervisor import Supervisor


def gateway_of(layout: Layout) -> Gateway:
    return Gateway(
        layout.folder / "envoy",
        "127.0.0.1",
        layout.port("gateway"),
        layout.sockets / "gateway-admin.sock",
        layout.port("gateway_admin"),
    )


def server_of(layout: Layout) -> postgres.Server:
    return postgres.prepare(layout.postgres_folder, layout.port("postgres"))


@contextmanager
def locked(layout: Layout) -> Iterator[None]:
    """Only one command at a time changes a stack; a second one waits. The lock ends with its process."""
    layout.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (layout.folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another command is at work on this stack; waiting for it.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def up(layout: Layout) -> None:
    """Bring everything up that is not, and return when it is ready."""
    process_manager = Supervisor(layout)
    _refuse_moved_ports(layout, running=process_manager.is_running())
    for folder in (layout.folder / "logs", layout.folder / "run", layout.mail_folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    layout.remember_wishes({**(layout.wishes() if process_manager.is_running() else {}), **os.environ})
    secrets, gateway = write_settings(layout), gateway_of(layout)
    if not process_manager.is_running():
        supervisor.end_orphans(layout, gateway)
        refuse_taken_ports(layout)
    server = server_of(layout)
    configuration = supervisor.configuration(layout, server, gateway)
    if process_manager.is_running() and supervisor.config_file(layout).read_text() != configuration:
        print("The stack's settings have changed; restarting it.", flush=True)
        process_manager.shutdown()
    elif process_manager.is_running():
        print("The stack runs already; make restart has its services run the code there is now.", flush=True)
    if not process_manager.is_running():
        postgres.forget_stale_lock(server.data)
        supervisor.write_configuration(layout, configuration)
        process_manager.launch()
        layout.remember_offset()
    _start_in_order(layout, process_manager, server, secrets)


def write_settings(layout: Layout) -> dict[str, str]:
    """Write keys, secrets and every file that follows from them; a running gateway takes its own up at once."""
    keys.ensure_keys(layout)
    keys.write_public_keys(layout)
    secrets = keys.ensure_secrets(layout)
    environment.write_env_files(layout, secrets)
    document = render.render(render.installation_of(layout, layout.wishes()))
    write_private(layout.folder / "kong.yml", render.to_text(document), mode=0o644)
    gateway_of(layout).write(kong.parse(document))
    return secrets


def _start_in_order(
    layout: Layout, process_manager: Supervisor, server: postgres.Server, secrets: dict[str, str]
) -> None:
    process_manager.start("postgres")
    check = {"postgres": readiness.postgres_check(server.admin_url)}
    readiness.wait_until_ready(process_manager, check)
    ensure_databases(server.admin_url, secrets)
    process_manager.start("mailbox")
    for service in SERVICES:
        if not process_manager.running(service):
            process_manager.start_service(service)
    process_manager.start("gateway")
    readiness.wait_until_ready(process_manager, _checks(layout))


def _checks(layout: Layout) -> dict[str, readiness.Check]:
    return {"mailbox": readiness.mailbox_check(layout.port("mailbox")), **readiness.http_checks(layout)}


def down(layout: Layout) -> bool:
    """Stop everything; the data stay. False when nothing ran."""
    process_manager = Supervisor(layout)
    running = process_manager.is_running()
    if running:
        process_manager.shutdown()
    else:
        supervisor.end_orphans(layout, gateway_of(layout))
    return running


def reset(layout: Layout) -> None:
    """Stop everything and forget all data, keys and secrets of this stack."""
    down(layout)
    shutil.rmtree(layout.postgres_folder, ignore_errors=True)
    for path in layout.folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()
    if layout.sockets != layout.folder:
        shutil.rmtree(layout.sockets)


def refuse_taken_ports(layout: Layout) -> None:
    for name in PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", layout.port(name)))
            except OSError as error:
                raise StackError(
                    f"Port {layout.port(name)} ({name}) is taken by another program; "
                    f"move all ports with PORT_OFFSET, for example PORT_OFFSET={layout.port_offset + 100} make up."
                ) from error


def _refuse_moved_ports(layout: Layout, *, running: bool) -> None:
    remembered = layout.remembered_offset()
    if running and remembered != layout.port_offset:
        raise StackError(
            f"This stack is running with PORT_OFFSET={remembered}; stop it with make down to move its ports."
        )


@dataclass(frozen=True)
class State:
    """One line of `status`."""

    name: str
    process: str
    ready: bool
    address: str
    description: str


def states(layout: Layout, process_manager: Supervisor) -> list[State]:
    server = server_of(layout)
    checks = {"postgres": readiness.postgres_check(server.admin_url), **_checks(layout)}
    return [
        State(
            name=process["name"],
            process=process["statename"].lower(),
            ready=checks[process["name"]](),
            address=f"127.0.0.1:{layout.port(process['name'])}",
            description=process["description"],
        )
        for process in process_manager.processes()
    ]

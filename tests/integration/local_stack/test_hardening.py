"""The embedded stack after what happens to developers' machines: killed processes, power cuts, a full disk, two ups."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from local_stack import postgres, stack, supervisor
from local_stack.layout import PORTS, ROOT, SERVICES
from local_stack.processes import command_line
from tests.support.ports import free_offset
from tests.support.run_folder import run_dir
from tests.support.stack import Stack, running_stack
from tests.support.waiting import PATIENCE_S, eventually

# Two ups, one after the other, and a power cut before that.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def broken() -> Iterator[Stack]:
    """A stack that the tests of this module break. Each leaves it running, and they are in the order of their cost."""
    with running_stack("hardening") as running:
        yield running


def pids(broken: Stack) -> dict[str, int]:
    return {each["name"]: each["pid"] for each in supervisor.Supervisor(broken.layout).processes()}


def supervisor_pid(broken: Stack) -> int:
    pid = supervisor.recorded_pid(broken.layout, "supervisor")
    assert pid is not None
    return pid


def kill(*pids: int) -> None:
    processes = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # killed along with the one before it
            process.kill()
    psutil.wait_procs(processes, timeout=PATIENCE_S)


def account_of(broken: Stack) -> dict[str, str]:
    document: dict[str, str] = json.loads((broken.layout.folder / "demo.json").read_text())
    return document


def demo_logs_in(broken: Stack) -> bool:
    account = account_of(broken)
    credentials = {"email": account["email"], "password": account["password"]}
    return httpx.post(f"{broken.gateway}/auth/login", json=credentials, timeout=PATIENCE_S).status_code == 200


def test_up_finds_what_runs(broken: Stack) -> None:
    before = pids(broken)
    again = broken.command("up")
    assert (again.returncode, pids(broken)) == (0, before)
    assert "runs already" in again.stdout, "who has pulled new code is told that it does not run yet"


def test_everything_listens_on_loopback(broken: Stack) -> None:
    ports = {broken.layout.port(name) for name in PORTS}
    listening = [each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    ours = [each.laddr for each in listening if each.laddr.port in ports]
    assert {address.port for address in ours} == ports
    assert {address.ip for address in ours} == {"127.0.0.1"}


def test_nothing_secret_is_open_to_other_users(broken: Stack) -> None:
    assert broken.layout.folder.stat().st_mode & 0o077 == 0
    kinds = {".pem", ".env", ".conf", ".sock", ".json"}
    secret = [path for path in broken.layout.folder.rglob("*") if path.suffix in kinds]
    assert len(secret) > 15
    assert [path for path in secret if path.stat().st_mode & 0o077] == []


def test_a_running_stack_does_not_move_its_ports(broken: Stack) -> None:
    moved = broken.command("up", PORT_OFFSET=str(broken.layout.port_offset + 1))
    assert moved.returncode == 1
    assert f"is running with PORT_OFFSET={broken.layout.port_offset}; stop it with make down" in moved.stderr
    assert broken.command("status", PORT_OFFSET="").returncode == 0, "the offset is remembered"


@pytest.mark.parametrize("names", [["gateway"], ["postgres", "mailbox"], SERVICES])
def test_killed_processes_come_back_by_themselves(broken: Stack, names: list[str]) -> None:
    before = pids(broken)
    kill(*(before[name] for name in names))
    eventually(lambda: broken.command("status").returncode == 0, lambda: broken.command("status"))
    after = pids(broken)
    assert [name for name in names if after[name] == before[name]] == []
    assert demo_logs_in(broken)


def test_all_services_killed_again_and_again_leave_the_supervisor_at_work(broken: Stack) -> None:
    """Each round one may be started while another's socket is still held by a third: it ended supervisor, once."""
    steady = supervisor_pid(broken)
    for _ in range(5):
        kill(*(pid for name, pid in pids(broken).items() if name in SERVICES))
        eventually(lambda: broken.command("status").returncode == 0, lambda: broken.command("status"))
    assert psutil.pid_exists(steady)


def test_down_stops_what_a_killed_supervisor_left_and_two_ups_at_once_make_one_stack(broken: Stack) -> None:
    orphans = pids(broken)
    kill(supervisor_pid(broken))
    assert any(command_line(pid) for pid in orphans.values()), "some live on, which is the difficulty"
    assert broken.command("status").returncode == 1
    assert broken.command("down").returncode == 0
    assert not any(command_line(pid) for pid in orphans.values())
    outputs = _two_ups(broken)
    assert sum("Another command is at work on this stack" in output for output in outputs) == 1
    assert _supervisors(broken) == [supervisor_pid(broken)]
    assert demo_logs_in(broken), "what was committed survived"


def _two_ups(broken: Stack) -> list[str]:
    command = [sys.executable, "-m", "local_stack", "up"]
    stack_of = {"LOCAL_DIR": str(broken.layout.folder), "PORT_OFFSET": str(broken.layout.port_offset)}
    both = [
        subprocess.Popen(command, cwd=ROOT, env={**os.environ, **stack_of}, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=600)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    return outputs


def _supervisors(broken: Stack) -> list[int]:
    file = str(supervisor.config_file(broken.layout))
    return [process.pid for process in psutil.process_iter(["cmdline"]) if file in (process.info["cmdline"] or [])]


def test_everything_killed_at_once_is_a_power_cut(broken: Stack) -> None:
    with subprocess.Popen(["sleep", "900"], user=_servers_user()) as stranger:
        try:
            kill(supervisor_pid(broken), *pids(broken).values())
            _give_all_recorded_ids_to(stranger.pid, broken)
            again = broken.command("up")
            assert again.returncode == 0, again.stdout + again.stderr
            assert stranger.poll() is None, "a process that has a recorded id by chance is left alone"
            assert demo_logs_in(broken), "what was committed survived"
        finally:
            stranger.kill()


def _servers_user() -> str | None:
    return postgres.UNPRIVILEGED if postgres.as_root() else None


def _give_all_recorded_ids_to(pid: int, broken: Stack) -> None:
    """After a reboot, ids that were noted belong to anybody."""
    for file in (broken.layout.folder / "run").glob("*.pid"):
        file.write_text(str(pid))
    lock = broken.layout.postgres_folder / "data" / "postmaster.pid"
    if lock.exists():
        lock.write_text("\n".join([str(pid), *lock.read_text().splitlines()[1:]]) + "\n")


def test_down_is_complete(broken: Stack) -> None:
    everything = [supervisor_pid(broken), *pids(broken).values()]
    assert broken.command("down").returncode == 0
    assert not any(command_line(pid) for pid in everything)
    stack.refuse_taken_ports(broken.layout)


@pytest.mark.parametrize("name", ["gateway", "postgres", "alert_service"])
def test_a_taken_port_is_one_sentence(name: str) -> None:
    fresh = Stack(run_dir() / "taken", free_offset())
    port = fresh.layout.port(name)
    with socket.create_server(("127.0.0.1", port)):
        refused = fresh.command("up")
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Port {port} ({name}) is taken by another program; move all ports")
    assert len(refused.stderr.splitlines()) == 1
    assert fresh.command("reset").returncode == 0


@pytest.mark.skipif(os.getuid() != 0 or sys.platform != "linux", reason="only root may mount a small disk")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], check=True)
    try:
        full = Stack(disk / "stack", free_offset())
        refused = full.command("up")
        assert refused.returncode == 1
        assert refused.stderr.startswith("The disk is full: ")
        assert len(refused.stderr.splitlines()) == 1
        examined = full.command("doctor")
        assert examined.returncode == 1
        assert f"BAD  0 MB are free at {disk / 'stack'}" in examined.stdout
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_half_installed_environment_is_one_sentence(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    refused = subprocess.run(
        [bare / "bin" / "python", "-m", "local_stack", "up"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert re.fullmatch(r"The module \w+ is missing: remove \.venv and run make up again\.\n", refused.stderr)

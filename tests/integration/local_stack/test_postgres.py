"""The embedded PostgreSQL: as root and as an ordinary user, after a power cut, and who may connect where."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from local_stack import postgres
from local_stack.databases import ensure_databases
from local_stack.environment import database
from local_stack.errors import StackError
from local_stack.layout import SERVICES
from local_stack.processes import command_line
from tests.support.ports import free_port

PASSWORDS = {service: f"password of {service}" for service in SERVICES}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Root's server runs as nobody, who may not pass through pytest's own temporary folders.
    path = Path(tempfile.mkdtemp(prefix="csb-postgres-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[postgres.Server]:
    made = postgres.prepare(folder / "server", free_port(), durable=False)
    made.start()
    ensure_databases(made.admin_url, PASSWORDS)
    yield made
    made.stop()


def connect(server: postgres.Server, role: str, name: str, password: str | None = None) -> None:
    psycopg2.connect(
        host="127.0.0.1", port=server.port, user=role, dbname=name, password=password or PASSWORDS[role]
    ).close()


@pytest.mark.parametrize("role", SERVICES)
def test_a_role_connects_to_its_own_database_only(server: postgres.Server, role: str) -> None:
    connect(server, role, database(role))
    others = [database(service) for service in SERVICES if service != role]
    for other in [*others, "postgres", "template1"]:
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            connect(server, role, other)


@pytest.mark.parametrize("role", SERVICES)
def test_a_role_may_not_make_roles_or_databases_or_read_files(server: postgres.Server, role: str) -> None:
    statements = ("CREATE ROLE other", "CREATE DATABASE other", "COPY pg_class TO '/tmp/x'", "SET ROLE postgres")
    for statement in statements:
        connection = psycopg2.connect(
            host="127.0.0.1", port=server.port, user=role, dbname=database(role), password=PASSWORDS[role]
        )
        connection.autocommit = True
        with pytest.raises(psycopg2.errors.InsufficientPrivilege), connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()


@pytest.mark.parametrize("password", ["wrong", " "])
def test_a_password_is_asked_for_on_loopback_too(server: postgres.Server, password: str) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect(server, "user_service", "user_db", password)


def test_databases_are_made_once_and_passwords_follow_the_stack(server: postgres.Server) -> None:
    changed = {**PASSWORDS, "user_service": "another"}
    ensure_databases(server.admin_url, changed)
    connect(server, "user_service", "user_db", "another")
    ensure_databases(server.admin_url, PASSWORDS)
    connect(server, "user_service", "user_db")


def test_the_server_listens_on_loopback_and_runs_without_rights(server: postgres.Server) -> None:
    pid = postgres.server_pid(server.data)
    assert pid is not None
    assert psutil.Process(pid).uids().real != 0
    assert "listen_addresses=127.0.0.1" in command_line(pid)
    assert "unix_socket_directories=" in command_line(pid)
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.folder / "password").stat().st_mode) == 0o600


def test_an_unfinished_data_folder_is_made_anew(folder: Path) -> None:
    remains = folder / "again" / "data.unfinished"
    remains.mkdir(parents=True)
    (remains / "PG_VERSION").write_text("18")
    server = postgres.prepare(folder / "again", free_port(), durable=False)
    assert (server.data / "global").is_dir()
    assert not remains.exists()


def test_a_lock_left_by_a_power_cut_does_not_keep_the_server_down(folder: Path) -> None:
    server = postgres.prepare(folder / "cut", free_port(), durable=False)
    user = postgres.UNPRIVILEGED if postgres.as_root() else None
    other = subprocess.Popen(["sleep", "600"], user=user)
    try:
        lock = server.data / "postmaster.pid"
        lock.write_text(f"{other.pid}\n{server.data}\n1700000000\n{server.port}\n\n127.0.0.1\n\nready   \n")
        postgres.give_to_server(lock)
        log = folder / "refusal.log"
        log.touch()
        with pytest.raises(StackError, match="lock file"):
            # What PostgreSQL makes of it alone: the id is alive, so it must be another server.
            postgres._run(server.command(), log)
        server.start()
        psycopg2.connect(server.admin_url).close()
        server.stop()
        assert other.poll() is None, "the other program was left alone"
    finally:
        other.kill()
        other.wait()


def test_a_server_that_cannot_start_says_why(folder: Path, server: postgres.Server) -> None:
    second = postgres.prepare(folder / "second", server.port, durable=False)
    with pytest.raises(StackError, match=r"pg_ctl failed(.|\n)*Address already in use"):
        second.start()


@pytest.mark.skipif(os.getuid() != 0, reason="only root copies the binaries")
def test_binaries_are_copied_once_and_again_when_they_are_not_whole(folder: Path) -> None:
    server = postgres.prepare(folder / "copied", free_port(), durable=False)
    marker = server.folder / "binaries" / "copied"
    first = marker.stat().st_mtime_ns
    postgres.prepare(folder / "copied", server.port, durable=False)
    assert marker.stat().st_mtime_ns == first
    marker.unlink()
    (server.binaries / "postgres").write_text("half a file")
    postgres.prepare(folder / "copied", server.port, durable=False)
    assert (server.binaries / "postgres").stat().st_size > 1_000_000

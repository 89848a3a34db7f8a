"""Servers that stand beside the stack while it is measured."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from tempfile import TemporaryFile

import httpx
import psycopg2

from local_stack.supervisor import Supervisor
from tests.support.ports import free_port
from tests.support.stack import Stack

FEATURES = b'{"features": {"utilisation": 0.42, "late30": 1, "late60": 0, "late90": 0, "debt_ratio": 0.35, "lines": 7, "mortgages": 1}}'  # noqa: E501


@contextmanager
def peer(app: str, **env: str) -> Iterator[tuple[int, int]]:
    """An application (of peers.py unless a module is named) under uvicorn, as the services are: its id and its port."""
    port = free_port()
    name = app if ":" in app else f"peers:{app}"
    command = [sys.executable, "-m", "uvicorn", f"benchmarks.{name}", "--port", str(port)]
    command += ["--no-access-log", "--no-proxy-headers", "--log-level", "warning", "--timeout-keep-alive", "75"]
    with started(command, f"http://127.0.0.1:{port}/openapi.json", **env) as pid:
        yield pid, port


@contextmanager
def started(command: list[str], url: str, **env: str) -> Iterator[int]:
    """A process that answers at this address, while the block lasts: its id. It logs to a file, as the services do."""
    with TemporaryFile() as log:
        process = subprocess.Popen(command, env={**os.environ, **env}, stdout=log)  # noqa: S603
        try:
            wait_until_up(url)
            yield process.pid
        finally:
            process.terminate()
            process.wait()


def wait_until_up(url: str) -> None:
    for _ in range(300):
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url} did not come up")


def pid_of(stack: Stack, service: str) -> int:
    return int(Supervisor(stack.layout).running(service)[-1]["pid"])


def database_url(stack: Stack, service: str) -> str:
    name = f"{service.removesuffix('_service').upper()}_DATABASE_URL="
    lines = stack.layout.env_file(service).read_text().splitlines()
    return next(line.removeprefix(name) for line in lines if line.startswith(name))


def backends(url: str) -> list[int]:
    """The processes in which PostgreSQL serves this database."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall() if pid != connection.info.backend_pid]

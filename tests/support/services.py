"""Services as real processes on real HTTP, each on a migrated database of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import pytest
from cryptography.fernet import Fernet

from tests.support.callers import SERVICES, Caller, Keys
from tests.support.ports import free_port
from tests.support.postgres import HELD_UP, OTHER_SESSIONS, TestServer
from tests.support.run_folder import run_dir
from tests.support.waiting import PATIENCE_S, POLL_S, eventually

ROOT = Path(__file__).resolve().parents[2]
SERVER = "service_kit.serve"
NOWHERE = "http://127.0.0.1:9"
FIELD_KEYS = Fernet.generate_key().decode()
ORIGIN = "http://localhost:3000"


class Service:
    """A service that somebody runs. `client` calls it, `sql` looks into its database."""

    def __init__(self, name: str, base_url: str, database_url: str) -> None:
        self.name, self.base_url, self.database_url = name, base_url, database_url
        self.client = httpx.Client(base_url=base_url, timeout=PATIENCE_S)

    def sql(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg2.connect(self.database_url) as connection, connection.cursor() as cursor:
            cursor.execute(query, [str(each) if hasattr(each, "hex") else each for each in parameters])
            rows = cursor.fetchall() if cursor.description else []
        connection.close()
        return rows

    def wait_until_one_is_held_up(self) -> None:
        """Return once somebody waits for a lock in its database."""
        held_up = f"SELECT 1 FROM {OTHER_SESSIONS} AND {HELD_UP}"  # noqa: S608
        eventually(lambda: self.sql(held_up), "somebody waits for a lock")

    def close(self) -> None:
        self.client.close()


class RunningService(Service):
    """One process of a service; `log` is what it printed."""

    def __init__(self, name: str, database_url: str, env: dict[str, str], module: str = SERVER) -> None:
        self.port = free_port()
        super().__init__(name, f"http://127.0.0.1:{self.port}", database_url)
        self.env, self._module = env, module
        self._log_path = run_dir() / f"{name}-{self.port}.log"
        self.start()

    def start(self, fd: int | None = None) -> None:
        """With `fd` on a listening socket that the test holds."""
        place = ["--port", str(self.port)] if fd is None else ["--fd", str(fd)]
        command = [sys.executable, "-m", self._module, f"{self.name}.main:app", *place]
        held = () if fd is None else (fd,)
        with self._log_path.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log, pass_fds=held)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                # Not by the client, whose connections are its own to open.
                if httpx.get(f"{self.base_url}/health/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(POLL_S)
        raise RuntimeError(f"{self.name} did not become ready:\n{self.log[-4000:]}")

    @property
    def log(self) -> str:
        return self._log_path.read_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def close(self) -> None:
        self.stop()
        super().close()


def profile_held(service: RunningService, person: Caller) -> Any:
    """A connection that holds a person's new profile: whoever changes it waits until the connection is closed."""
    service.client.put("/profile/me", json={"full_name": "Before"}, headers=person.headers)
    blocker = psycopg2.connect(service.database_url)
    blocker.cursor().execute("SELECT 1 FROM profiles WHERE user_id = %s FOR UPDATE", [str(person.user_id)])
    return blocker


def service_env(name: str, keys: Keys, database_url: str, changes: dict[str, str]) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    # Without the user service's, nobody follows its revocations: tests sign people's tokens themselves.
    neighbours = {f"{each.upper()}_URL": NOWHERE for each in SERVICES if each != "user_service"}
    return {
        **kept,
        **neighbours,
        "LOCAL_DIR": str(run_dir() / "no-stack-here"),
        f"{name.removesuffix('_service').upper()}_DATABASE_URL": database_url,
        "JWKS_FILE": str(keys.jwks),
        "CALLER_KEYS_FILE": str(keys.callers),
        "SERVICE_KEY_FILE": str(keys.path(name)),
        "SIGNING_KEY_FILE": str(keys.path("people")),
        "REFRESH_KEY": "ab" * 32,
        "FIELD_KEYS": FIELD_KEYS,
        "APP_URL": "https://app.example.com",
        "SMTP_URL": "smtp://127.0.0.1:9",
        "MAIL_FROM": "The service <no-reply@example.com>",
        "ALLOWED_ORIGINS": ORIGIN,
        "TRUSTED_PROXIES": "127.0.0.1",
        "POOL_SIZE": "5",
        # Who waits for a lock waits also while the machine, and with it the lock's holder, stands still.
        "STATEMENT_TIMEOUT_MS": "60000",
        **changes,
    }


RunService = Callable[..., RunningService]


@contextmanager
def service_runner(keys: Keys, server: TestServer) -> Iterator[RunService]:
    with ExitStack() as stack:

        def run(name: str, database_url: str | None = None, module: str = SERVER, **env: str) -> RunningService:
            url = database_url or server.create_database(name)
            service = RunningService(name, url, service_env(name, keys, url, env), module)
            stack.callback(service.close)
            return service

        yield run


@pytest.fixture
def run_service(keys: Keys, postgres: TestServer) -> Iterator[RunService]:
    """`run_service("alert_service", POOL_SIZE="2")`: a service of this test's own, with settings of its own."""
    with service_runner(keys, postgres) as run:
        yield run


@pytest.fixture(scope="module")
def module_services(keys: Keys, postgres: TestServer) -> Iterator[RunService]:
    """For services with settings of their own that one file shares: they end with it, and hold no connections after."""
    with service_runner(keys, postgres) as run:
        yield run


@pytest.fixture(scope="session")
def session_services(keys: Keys, postgres: TestServer) -> Iterator[RunService]:
    with service_runner(keys, postgres) as run:
        yield run


@pytest.fixture(scope="session")
def user_service(session_services: RunService) -> RunningService:
    return session_services("user_service")


@pytest.fixture(scope="session")
def profile_service(session_services: RunService) -> RunningService:
    return session_services("profile_service")


@pytest.fixture(scope="session")
def alert_service(session_services: RunService) -> RunningService:
    return session_services("alert_service")


@pytest.fixture(scope="session")
def survey_service(session_services: RunService) -> RunningService:
    return session_services("survey_service")


@pytest.fixture(scope="session")
def score_service(session_services: RunService) -> RunningService:
    return session_services("score_service")

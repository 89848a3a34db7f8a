"""The whole embedded stack, started by the command a person types, on ports and in a folder of its own."""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from local_stack import mailbox
from local_stack.environment import database_url
from local_stack.keys import ensure_secrets
from local_stack.layout import SERVICES, Layout
from local_stack.supervisor import Supervisor
from tests.support.callers import Keys
from tests.support.compose import Compose, ComposeStack
from tests.support.people import Door
from tests.support.ports import free_offset
from tests.support.run_folder import run_dir
from tests.support.services import ROOT, Service
from tests.support.waiting import eventually

MAILS_READ_MAX = 100


class Stack(Door):
    def __init__(self, folder: Path, port_offset: int, **wishes: str) -> None:
        self.layout, self._wishes = Layout(folder, port_offset), wishes
        super().__init__(f"{self.layout.url('gateway')}/api/v1")

    def command(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """`python -m local_stack …` as a person runs it, with its output."""
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ},
            "LOCAL_DIR": str(self.layout.folder),
            "PORT_OFFSET": str(self.layout.port_offset),
            **env,
        }
        return subprocess.run(
            [sys.executable, "-m", "local_stack", *words],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip

    def up(self, *words: str) -> None:
        """Have everything run that does not."""
        done = self.command("up", *words, **self._wishes)
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def keys(self) -> Keys:
        """Those that its user service and its services sign with."""
        return Keys(self.layout.folder / "keys")

    def service(self, name: str) -> Service:
        """One of its services, at the port of its own."""
        return Service(name, self.layout.url(name), database_url(self.layout, name, ensure_secrets(self.layout)))

    def set_up(self, service: str, **settings: str) -> None:
        """Start one service anew with settings that the stack has none of, as an operator would add them."""
        with self.layout.env_file(service).open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())
        self.supervised("restart", service)
        self.wait_until_ready(service)

    def mails_to(self, address: str) -> list[str]:
        """The texts of the mails that the stack has sent there of late, newest last. The mailbox drops its oldest."""
        letters = map(mailbox.read, mailbox.mails(self.layout.mail_folder)[-MAILS_READ_MAX:])
        return [str(letter.get_content()) for letter in letters if letter["To"] == address]

    def supervised(self, action: str, service: str) -> None:
        """Have the supervisor `stop`, `start` or `restart` one service, plainly: it is away meanwhile."""
        supervisor = Supervisor(self.layout)
        for process in supervisor.running(service) if action != "start" else []:
            supervisor.stop(process["place"])
        if action != "stop":
            supervisor.start_service(service)

    @contextmanager
    def without(self, service: str) -> Iterator[None]:
        """The stack while this service is away; it is back when the block ends."""
        self.supervised("stop", service)
        try:
            yield
        finally:
            self.supervised("start", service)
            self.wait_until_ready(service)

    def wait_until_ready(self, *services: str) -> None:
        eventually(lambda: self.is_ready(*services), f"{services} become ready again")

    def is_ready(self, *services: str) -> bool:
        try:
            with httpx.Client(timeout=5) as client:
                urls = [f"{self.layout.url(service)}/health/ready" for service in services]
                return all(client.get(url).status_code == 200 for url in urls)
        except httpx.TransportError:
            return False

    def logs(self) -> dict[str, str]:
        """What every process has logged until now, by the name of the service or of what else it is."""
        logs: defaultdict[str, str] = defaultdict(str)
        for log in sorted((self.layout.folder / "logs").glob("*.log")):
            logs[log.stem.partition("-")[0]] += log.read_text(errors="replace")
        return logs


@contextmanager
def running_stack(name: str, **wishes: str) -> Iterator[Stack]:
    stack = Stack(run_dir() / name, free_offset(), **wishes)
    try:
        stack.up()
        yield stack
    finally:
        stack.leave()
        stack.command("reset")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack | ComposeStack]:
    """One stack for all tests of tests/e2e and tests/faults, which scheduling.py keeps on one worker.

    With COMPOSE_GIVEN it is the one that `make test-compose` started.
    """
    if "COMPOSE_GIVEN" in os.environ:
        given = ComposeStack(Compose.given())
        yield given
        given.leave()
        return
    # The suites of gateway limits have gateways of their own; here limits would only make tests wait for each other.
    with running_stack("stack", RATE_LIMIT_FACTOR="100") as running:
        yield running


@pytest.fixture(autouse=True)
def whole_stack(request: pytest.FixtureRequest) -> None:
    """A test that fails may leave a service of a shared stack away, which must not fail those after it."""
    for name in {"stack", "broken"}.intersection(request.fixturenames):
        shared = request.getfixturevalue(name)
        if isinstance(shared, Stack) and not shared.is_ready(*SERVICES):
            shared.up("--no-demo")

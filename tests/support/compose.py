"""The system as docker compose runs it, for tests that are given one (`make test-compose`)."""

import os
import subprocess
from collections.abc import Mapping

import httpx
import pytest

from local_stack.layout import PORTS, SERVICES
from tests.support.people import Door
from tests.support.services import ROOT
from tests.support.waiting import eventually


class Compose:
    """`docker compose` with the files and the project of one test run, which it reads from its environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.command = [os.environ.get("DOCKER", "docker"), "compose"]
        self.environment = {**os.environ, **environment}

    @classmethod
    def given(cls) -> "Compose":
        if "COMPOSE_GIVEN" not in os.environ:
            pytest.skip("make test-compose runs this")
        return cls({})

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*self.command, *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"
        return done

    def inside(self, service: str, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.run("exec", "-T", service, *words, check=check)

    def inspect(self, service: str, template: str) -> str:
        container = self.run("ps", "--all", "--quiet", service).stdout.strip()
        command = [self.command[0], "inspect", "--format", template, container]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


class ComposeStack(Door):
    """What tests of the embedded stack do with it, done with containers."""

    def __init__(self, compose: Compose) -> None:
        super().__init__(f"{os.environ['GATEWAY_URL']}/api/v1")
        self.compose = compose

    def command(self, *_: str, **__: str) -> subprocess.CompletedProcess[str]:
        pytest.skip("a command of the embedded stack")

    def logs(self) -> dict[str, str]:
        return {name: self.compose.run("logs", "--no-color", name).stdout for name in (*SERVICES, "kong", "postgres")}

    def wait_until_ready(self, service: str) -> None:
        eventually(lambda: self._is_ready(service), f"{service} becomes ready again")

    def _is_ready(self, service: str) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{PORTS[service]}/health/ready", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

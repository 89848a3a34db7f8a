"""Where there is no docker, what needs it says so."""

import subprocess
import sys

import pytest

from tests.support.services import ROOT


def said_by(module: str, *arguments: str, docker: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    environment = {"PYTHONPATH": str(ROOT), "DOCKER": docker}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


@pytest.mark.slow
def test_a_machine_without_docker_is_told_what_is_missing() -> None:
    missing = "no-docker-here is not installed here; DOCKER=... names another client.\n"
    assert said_by("tools.containers", "rotate-keys", docker="no-docker-here") == missing
    told = said_by("tools.run_compose_tests", "kong", docker="no-docker-here")
    assert told == f"This needs Docker with its compose plugin. {missing}"


@pytest.mark.slow
def test_a_docker_without_compose_is_not_enough() -> None:
    told = said_by("tools.run_compose_tests", "embedded", docker="false")
    assert told.startswith("This needs Docker with its compose plugin. docker compose version:")


@pytest.mark.slow
def test_another_gateway_is_refused() -> None:
    told = said_by("tools.run_compose_tests", "nginx", docker="no-docker-here")
    assert told == "GATEWAY is kong or embedded, and not 'nginx'.\n"

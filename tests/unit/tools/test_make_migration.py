"""A migration is written for a service that is there, from an empty database that was named."""

import subprocess
import sys

import pytest

from tests.support.services import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("service", ["", "nobody_service", "profile_service"])
def test_without_a_service_or_a_database_the_command_says_how_it_is_called(service: str) -> None:
    command = [sys.executable, "tools/make_migration.py", service, "add a column"]
    asked = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 1
    assert asked.stderr.endswith("_DATABASE_URL=... make migration SERVICE=... MESSAGE=...\n")
    assert asked.stderr.startswith("Name a service and an empty database: ")

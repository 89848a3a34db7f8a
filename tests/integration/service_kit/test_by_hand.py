"""`uvicorn main:app` inside a service's folder works with what requirements.txt installs, and with nothing else."""

import subprocess
import sys
import time
import venv
from pathlib import Path

import httpx
import pytest
from filelock import FileLock

from tests.support.callers import SERVICES, Keys
from tests.support.ports import free_port
from tests.support.postgres import TestServer
from tests.support.run_folder import run_dir
from tests.support.services import ROOT, service_env
from tests.support.waiting import PATIENCE_S

# It installs first.
pytestmark = pytest.mark.timeout(1_800)


@pytest.fixture(scope="module")
def runtime() -> Path:
    """The python of an environment with requirements.txt alone."""
    folder = run_dir() / "runtime-venv"
    python = folder / "bin" / "python"
    with FileLock(run_dir() / "runtime-venv.lock"):
        if not folder.exists():
            venv.create(folder, with_pip=True, symlinks=True)  # a copied python may not find its library
            install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*install, "-r", "requirements.txt"], cwd=ROOT, check=True, timeout=1_500)
    return python


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_in_its_own_folder(runtime: Path, service: str, keys: Keys, postgres: TestServer) -> None:
    port = free_port()
    env = service_env(service, keys, postgres.create_database(service), {})
    command = [runtime, "-m", "uvicorn", "main:app", "--port", str(port), "--host", "127.0.0.1"]
    assert str(sys.prefix) not in str(runtime)
    log = run_dir() / f"by-hand-{service}.log"
    with log.open("wb") as output, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as client:
        process = subprocess.Popen(command, cwd=ROOT / service, env=env, stdout=output, stderr=output)
        try:
            assert becomes_ready(client, process), log.read_text()[-3000:]
            assert client.get("/docs").status_code == 200
            assert client.get("/static-offline-docs/swagger-ui-bundle.js").status_code == 200
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def becomes_ready(client: httpx.Client, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/health/ready").status_code == 200:
                return True
        except httpx.TransportError:
            time.sleep(0.1)
    return False

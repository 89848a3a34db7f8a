"""Independence is a test, not a promise: each service boots with only itself and the kit beside it."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.callers import SERVICES, Keys
from tests.support.services import ROOT, service_env

KIT = ROOT / "service_kit"
DOMAIN_NOUNS = re.compile(r"profile|survey|question|scorecard|score|alert|milestone|credit|utilisation", re.IGNORECASE)
MAY_ADD = {"parts", "body_bytes_max"}
LAYERS = {"core", "routers", "services", "crud", "models", "schemas", "migrations"}


def boot(folder: Path, service: str, keys: Keys) -> subprocess.CompletedProcess[str]:
    env = service_env(service, keys, "postgresql://nobody@127.0.0.1/none", {"PYTHONPATH": str(folder)})
    # -S would hide the installed packages too, so the checkout is kept out by a check of where things came from.
    program = f"""
import sys
sys.path[:] = [p for p in sys.path if p != {str(ROOT)!r}]
sys.meta_path[:] = [f for f in sys.meta_path if "editable" not in type(f).__module__ + getattr(f, "__module__", "")]
import {service}.main as main
assert main.__file__.startswith({str(folder)!r}), main.__file__
"""
    return subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_boots_alone(service: str, keys: Keys, tmp_path: Path) -> None:
    for package in (service, "service_kit"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    result = boot(tmp_path, service, keys)
    assert result.returncode == 0, result.stderr


def test_a_service_that_leans_on_a_neighbour_would_not_boot(keys: Keys, tmp_path: Path) -> None:
    for package in ("profile_service", "service_kit"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    main = tmp_path / "profile_service" / "main.py"
    main.write_text("import user_service.core.settings\n" + main.read_text())
    result = boot(tmp_path, "profile_service", keys)
    assert "No module named 'user_service'" in result.stderr


def test_the_kit_knows_no_domain_nouns() -> None:
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in KIT.glob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if DOMAIN_NOUNS.search(line)
    ]
    assert found == []


def test_the_vocabulary_check_can_fail() -> None:
    assert DOMAIN_NOUNS.search("def send_alert() -> None:")


def test_the_kit_stays_small_and_its_inventory_is_current() -> None:
    modules = {path.name for path in KIT.glob("*.py")} - {"__init__.py"}
    inventory = set(re.findall(r"^\| `(\w+\.py)` \|", (KIT / "README.md").read_text(), re.MULTILINE))
    assert inventory == modules
    lines = [line for path in KIT.glob("*.py") for line in path.read_text().splitlines() if line.strip()]
    assert len(lines) <= 2_400


def shape_of_main(service: str) -> tuple[list[str], list[str]]:
    """What a main.py imports from, and the arguments of its one call, with the service's own name left out."""
    tree = ast.parse((ROOT / service / "main.py").read_text())
    docstring, *body = tree.body
    *imports, assignment = body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(assignment, ast.Assign)
    assert ast.unparse(assignment.targets[0]) == "app"
    call = assignment.value
    assert isinstance(call, ast.Call)
    assert ast.unparse(call.func) == "create_service"
    sources = [node.module or "" for node in imports if isinstance(node, ast.ImportFrom)]
    assert len(sources) == len(imports)
    return [source.replace(service, "SERVICE") for source in sources], [word.arg or "" for word in call.keywords]


@pytest.mark.parametrize("service", SERVICES)
def test_every_main_is_short_and_says_the_same_thing_in_the_same_order(service: str) -> None:
    # A service with a worker, or with consumers, has a line or two more for it.
    allowed = 15 + 3 * (ROOT / service / "worker.py").exists() + 2 * (ROOT / service / "consumers").exists()
    assert len((ROOT / service / "main.py").read_text().splitlines()) <= allowed
    sources, keywords = shape_of_main(service)
    assert sources == sorted(sources, key=lambda source: source.replace("SERVICE", service))
    always = {"SERVICE.core.problems", "SERVICE.core.settings", "SERVICE.routers", "service_kit.app"}
    assert always <= set(sources) <= always | {"SERVICE.worker", "SERVICE.consumers"}
    assert [word for word in keywords if word not in MAY_ADD] == ["title", "routers", "constraints"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_rooms(service: str) -> None:
    folders = {path.name for path in (ROOT / service).iterdir() if path.is_dir()}
    assert folders >= LAYERS
    assert (ROOT / service / "migrations" / "env.py").exists()

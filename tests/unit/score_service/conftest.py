"""The committed scorecards, loaded as the service loads them, and profiles to hold against them."""

import os
import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

import score_service
from score_service.core.settings import Settings
from score_service.domain.artifact import load_scorecard
from score_service.domain.features import FEATURES, Value
from score_service.domain.scorecard import Scorecard

FOLDER = Path(score_service.__file__).parent / "scorecards"
FILES = sorted(FOLDER.glob("*.json"))

# Read when numpy is first imported: the trainer's many tiny systems are slower with threads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

TRUTH = "truth"
Profiles = Callable[[int], Sequence[dict[str, Value]]]
MOST_PROFILES = 100_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each report carry what `@pytest.mark.truth` says its test looks at, and at how many of them."""
    for item in items:
        item.user_properties += [(TRUTH, (*mark.args, mark.kwargs["n"])) for mark in item.iter_markers(TRUTH)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print, where only these were asked for, a line for each: how many there were, and whether all were right."""
    if config.getoption("markexpr") != TRUTH:
        return
    found: dict[tuple[str, str, int], list[str]] = {}
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.getreports(outcome):
            for name, looked_at in report.user_properties:
                if name == TRUTH:
                    found.setdefault(looked_at, []).append(outcome)
    for (check, unit, n), outcomes in sorted(found.items()):
        wrong = sum(outcome != "passed" for outcome in outcomes)
        verdict = f"WRONG for {wrong}" if wrong else "holds"
        cards = f"each of {len(outcomes)} scorecards" if len(outcomes) > 1 else "one scorecard"
        terminalreporter.write_line(f"{check}: {verdict}, n = {n:,} {unit} of {cards}")


@pytest.fixture(scope="session", params=FILES, ids=lambda path: path.stem)
def raw(request: pytest.FixtureRequest) -> bytes:
    """Each committed artifact in turn, as bytes."""
    path: Path = request.param
    return path.read_bytes()


@pytest.fixture(scope="session")
def scorecard(raw: bytes) -> Scorecard:
    """Each committed artifact in turn, loaded."""
    return load_scorecard(raw)


@pytest.fixture(scope="session")
def champion() -> Scorecard:
    """The scorecard without age that a fresh installation serves."""
    return _of("champion")


@pytest.fixture(scope="session")
def challenger() -> Scorecard:
    """The scorecard with age and dependents that is scored beside it."""
    return _of("challenger")


def _of(role: str) -> Scorecard:
    version = Settings.model_fields[role].default
    return load_scorecard((FOLDER / f"{version}.json").read_bytes())


@pytest.fixture
def create_profiles() -> Profiles:
    """Random people, the same in every run: mostly ordinary, some at the bounds, some with unknown answers."""
    return _first_profiles


@cache
def _first_profiles(count: int) -> tuple[dict[str, Value], ...]:
    return tuple(_profiles(count))


def _profiles(count: int) -> Iterator[dict[str, Value]]:
    generator = random.Random(42)  # noqa: S311 (reproducible people, not secrets)
    for _ in range(count):
        yield {name: _value(generator, name) for name in FEATURES}


def _value(generator: random.Random, name: str) -> Value:
    feature = FEATURES[name]
    if feature.nullable and generator.random() < 0.1:
        return None
    # The square of a uniform number crowds towards the lower bound, where most people are. Multiplied and not raised to
    # a power, it is the same on every machine, and so are the golden digests.
    uniform = generator.random()
    value = feature.lower + (feature.upper - feature.lower) * (uniform * uniform)
    return float(round(value)) if feature.whole else value

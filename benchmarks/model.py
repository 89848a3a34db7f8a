"""What a score costs in process (P4), and a portfolio beside merely reading its columns (P5).

`python -m benchmarks.model [rounds]` prints medians of interleaved rounds, in CPU time, and needs no database. People
are random, mostly ordinary, a tenth of their optional answers unknown; the seed is fixed.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from score_service.domain.artifact import load_scorecard
from score_service.domain.evaluation import evaluate
from score_service.domain.features import FEATURES, Value
from score_service.domain.portfolio import Columns, Portfolio
from score_service.domain.reasons import reasons
from score_service.domain.scorecard import Scorecard
from score_service.scripts.train import RECIPES, SCORECARDS

PROFILES = 20_000
PORTFOLIO_ROWS = 1_000_000
ROUNDS = 7


def profiles(count: int) -> list[dict[str, Value]]:
    """Return random people, the same in every run."""
    generator = random.Random(42)  # noqa: S311 (reproducible people, not secrets)
    return [{name: _value(generator, name) for name in FEATURES} for _ in range(count)]


def _value(generator: random.Random, name: str) -> Value:
    feature = FEATURES[name]
    if feature.nullable and generator.random() < 0.1:
        return None
    value = feature.lower + (feature.upper - feature.lower) * generator.random() ** 2
    return float(round(value)) if feature.whole else value


def cpu_seconds(act: Callable[[], object]) -> float:
    """Return the CPU time of this process that `act` takes."""
    start = time.process_time_ns()
    act()
    return (time.process_time_ns() - start) / 1e9


def single(scorecard: Scorecard, people: list[dict[str, Value]], rounds: int) -> str:
    """Return the median CPU time of a score with its reasons, and the 99th percentile of single wall times."""

    def everyone() -> None:
        for person in people:
            reasons(scorecard, evaluate(scorecard, person))

    everyone()
    mean_us = statistics.median(cpu_seconds(everyone) for _ in range(rounds)) / len(people) * 1e6
    walls = []
    for person in people:
        start = time.perf_counter_ns()
        reasons(scorecard, evaluate(scorecard, person))
        walls.append(time.perf_counter_ns() - start)
    p99_us = statistics.quantiles(walls, n=100)[98] / 1e3
    return (
        f"| score and four reasons, one person | {mean_us:.1f} µs CPU | p99 {p99_us:.1f} µs wall, n = {len(people):,} |"
    )


def portfolio(scorecard: Scorecard, people: list[dict[str, Value]], rounds: int) -> str:
    """Return the CPU time of scoring a million people beside that of summing the same float64 columns."""
    pick = np.random.default_rng(42).integers(0, len(people), PORTFOLIO_ROWS)
    columns: Columns = {
        name: np.array([person[name] for person in people], dtype=np.float64)[pick] for name in scorecard.feature_names
    }
    scorer = Portfolio(scorecard)
    scorings, readings = [], []
    for _ in range(rounds):
        scorings.append(cpu_seconds(lambda: scorer.score(columns)))
        readings.append(cpu_seconds(lambda: [np.add.reduce(column) for column in columns.values()]))
    scoring_ns, reading_ns = (statistics.median(times) / PORTFOLIO_ROWS * 1e9 for times in (scorings, readings))
    share = statistics.median(read / scored for read, scored in zip(readings, scorings, strict=True))
    return (
        f"| portfolio of {PORTFOLIO_ROWS:,}, float64 columns | {scoring_ns:.0f} ns CPU a person "
        f"| reading them {reading_ns:.1f} ns; {share:.2f} of the speed of reading |"
    )


def main() -> None:
    """Measure every committed scorecard."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    people = profiles(PROFILES)
    for recipe in RECIPES:
        scorecard = load_scorecard((SCORECARDS / f"{recipe.version}.json").read_bytes())
        lines = [single(scorecard, people, rounds), portfolio(scorecard, people, rounds)]
        head = f"\n{scorecard.version}, median of {rounds} rounds\n\n| What | Cost | Beside |\n|---|---|---|\n"
        sys.stdout.write(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

"""Measures the whole stack on a stack of its own: `python -m benchmarks [P1 P9 …]`, or `make bench`.

Every figure stands beside a limit or a peer measured in the same run. A run of all of them rewrites RESULTS.md.
"""

import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import alerts, gateway, history, scores, sign_in, start, tails
from benchmarks.figures import HEAD, Benchmark, Figure
from tests.support import postgres
from tests.support.stack import Stack, running_stack

RESULTS = Path(__file__).with_name("RESULTS.md")
# The start comes first, when memory has only been started; what overloads comes after what must not meet its backlog;
# the long history last, since it makes the database large.
BENCHMARKS: dict[str, Benchmark] = {
    "P12": start.starting,
    "P1 P2": scores.reading,
    "P3": scores.calculating,
    "P6": sign_in.signing_in,
    "P7": gateway.plugins,
    "P10": alerts.arriving,
    "P8": tails.waiting,
    "P9": tails.overloaded,
    "P11": history.paging,
}


def main(wanted: list[str]) -> None:
    known = " ".join(BENCHMARKS).split()
    if unknown := [id_ for id_ in wanted if id_ not in known]:
        sys.exit(f"There is no benchmark {' '.join(unknown)} here, only {' '.join(sorted(known))}.")
    with tempfile.TemporaryDirectory(prefix="csb-bench-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's own user must pass through it when this runs as root
        os.environ[postgres.RUN_DIR] = folder
        with running_stack("stack", RATE_LIMIT_FACTOR="1000000") as stack:
            runs = [run for ids, run in BENCHMARKS.items() if not wanted or not set(ids.split()).isdisjoint(wanted)]
            figures = [figure for run in runs for figure in _run(run, stack)]
    if not wanted:
        figures.sort(key=lambda figure: int(figure.id[1:]))
        RESULTS.write_text("\n".join([*_heading(), HEAD, *(figure.row() for figure in figures)]) + "\n")


def _run(benchmark: Benchmark, stack: Stack) -> list[Figure]:
    figures = benchmark(stack)
    for figure in figures:
        print(figure.row(), flush=True)  # noqa: T201
    return figures


def _heading() -> list[str]:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)  # noqa: S607
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return [
        "# What `make bench` measured last",
        "",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit.stdout.strip()}, {machine}.",
        "CPU and ratios are medians over interleaved rounds. P4 and P5 are in [model.md](model.md).",
        "",
    ]


if __name__ == "__main__":
    main(sys.argv[1:])

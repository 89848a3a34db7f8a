"""A portfolio sent over the wire: scored in a process of its own, which has so much memory, time and disk, no more.

Whoever sends a file may be mistaken or worse: a few megabytes of Parquet unpack to any size. So neither Arrow nor numpy
is loaded in the service itself, and a file that is too much for them ends that process and nothing else.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import structlog

from score_service.core.problems import PortfolioTooLarge
from score_service.domain.features import FEATURES
from score_service.domain.portfolio_report import BadFile, Report
from score_service.domain.scorecard import Scorecard
from service_kit.problems import FieldError, Malformed, Unavailable, malformed

log = structlog.get_logger()

ROWS_MAX = 1_000_000
# Of addresses, half of which what is loaded takes without using: some 300 MB of memory, beside a service's own in 512.
MEMORY_BYTES_MAX = 640 * 2**20
CPU_SECONDS_MAX = 25
FILE_BYTES_MAX = 128 * 2**20
# Otherwise numpy and Arrow reserve a gigabyte of addresses in advance, for threads and for speed.
RESERVE_NOTHING = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"}
CHUNK_BYTES = 65_536
# A second one beside it would only slow down both, and the people who want their scores.
_AT_ONCE = asyncio.Semaphore(1)


async def score_batch(scorecard: Scorecard, upload: IO[bytes]) -> tuple[str, Iterator[bytes]]:
    """The kind of the file, `csv` or `parquet`, and the pieces of the scored one, which is whole by then."""
    if _AT_ONCE.locked():
        raise Unavailable(retry_after_s=5)
    async with _AT_ONCE:
        return await asyncio.to_thread(_score_batch, scorecard, upload)


def _score_batch(scorecard: Scorecard, upload: IO[bytes]) -> tuple[str, Iterator[bytes]]:
    with TemporaryDirectory() as folder:
        source = Path(folder, "people")
        with source.open("wb") as file:
            shutil.copyfileobj(upload, file)
        report, target = _score_apart(scorecard, source)
        if report.malformed:
            raise _malformed_lines(report)
        if columns := [name for name, column in report.clipped.items() if column.is_most]:
            raise _another_unit(columns)
        log.info("portfolio_scored", model_version=scorecard.version, rows=report.rows, unscored=report.unscored)
        return target.suffix.removeprefix("."), _pieces(target.open("rb"))


def _score_apart(scorecard: Scorecard, source: Path) -> tuple[Report, Path]:
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_limit) as process:
            return process.submit(_score, scorecard, source).result()
    except BadFile as error:
        raise malformed("/file", str(error), **error.values) from error
    except (MemoryError, OSError, BrokenProcessPool) as error:
        log.warning("portfolio_too_large", exc_type=type(error).__name__)
        raise PortfolioTooLarge from error


def _limit() -> None:
    os.environ.update(RESERVE_NOTHING)
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not there on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, FILE_BYTES_MAX))


def _score(scorecard: Scorecard, source: Path) -> tuple[Report, Path]:
    from score_service.services.portfolio_files import is_parquet, score_file  # noqa: PLC0415 - only in that process

    target = source.with_name("scored.parquet" if is_parquet(source) else "scored.csv")
    try:
        return score_file(scorecard, source, target, rows_max=ROWS_MAX), target
    except MemoryError:
        raise MemoryError from None  # Arrow has one of its own, which would load Arrow wherever it is received


def _malformed_lines(report: Report) -> Malformed:
    return Malformed(
        errors=[
            FieldError(
                pointer=f"/rows/{line.number}",
                message="must have as many cells as the header: {expected}, not {cells}",
                values={"expected": line.expected, "cells": line.cells},
            )
            for line in report.malformed[:50]
        ]
    )


def _another_unit(columns: list[str]) -> Malformed:
    return Malformed(
        errors=[
            FieldError(
                pointer=f"/columns/{name}",
                message="must lie between {lower} and {upper}, and most of its values do not; 62% is written 0.62",
                values={"lower": FEATURES[name].lower, "upper": FEATURES[name].upper},
            )
            for name in columns
        ]
    )


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(CHUNK_BYTES):
            yield piece

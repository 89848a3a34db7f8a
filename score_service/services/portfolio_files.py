"""A file of people becomes the same file with their scores, a piece at a time, so that its size costs no memory.

Arrow reads and writes, CSV or Parquet; numpy scores. The columns of a file are carried along, whatever they are.
"""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from score_service.domain.bands import HIGHEST_SCORE, LOWEST_SCORE, band_of
from score_service.domain.portfolio import Portfolio
from score_service.domain.portfolio_report import FAULTS_TOLD, BadFile, MalformedLine, Report
from score_service.domain.portfolio_rows import clipped_in, errors_of
from score_service.domain.scorecard import Scorecard

ADDED = pa.schema(
    {
        "score": pa.int16(),
        "probability_of_default": pa.float64(),
        "band": pa.string(),
        "reasons": pa.string(),
        "clipped": pa.string(),
        "error": pa.string(),
    }
)
ROWS_AT_ONCE = 131_072
# Arrow reads some dozens of these ahead.
CSV_BLOCK_BYTES = 2**20
PARQUET_BUFFER_BYTES = 2**20
MALFORMED_LINES_MAX = 1_000
_PARQUET = b"PAR1"
_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
_OTHER_SEPARATOR = re.compile(r"[;|\t]")
_BANDS = pa.array([None if s < LOWEST_SCORE else band_of(s).value for s in range(HIGHEST_SCORE + 1)], pa.string())

Numbers = tuple[NDArray[np.float64], NDArray[np.bool_]]


class _Reading(NamedTuple):
    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


def score_file(
    scorecard: Scorecard,
    source: Path,
    target: Path,
    *,
    rows_max: int | None = None,
    progress: Callable[[int], object] = lambda _: None,
) -> Report:
    """Score every row of `source` into `target`, Parquet by its suffix and else CSV. Raises `BadFile`.

    An absent optional column is unknown for everyone. A row that cannot be scored is written with its `error`; a line
    of a CSV that has another number of cells than the header is left out, and reported.
    """
    report = Report()
    reading = _open_parquet(source) if is_parquet(source) else _open_csv(source, report)
    _check_columns(scorecard, reading.schema)
    portfolio = Portfolio(scorecard)
    with closing(_writer(target, pa.unify_schemas([reading.schema.remove_metadata(), ADDED]))) as writer:
        for batch in _read(reading.batches):
            writer.write_batch(_scored(portfolio, scorecard, batch, report))
            if rows_max is not None and report.rows > rows_max:
                raise BadFile("must have at most {most} rows", most=rows_max)
            progress(report.rows)
    return report


def is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_PARQUET)) == _PARQUET


def _open_parquet(source: Path) -> _Reading:
    try:
        # Buffered, a row group is read as its rows are needed, and not first as a whole.
        file = pq.ParquetFile(source, buffer_size=PARQUET_BUFFER_BYTES, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise BadFile("must be CSV in UTF-8, or Parquet") from error
    return _Reading(file.schema_arrow, file.iter_batches(batch_size=ROWS_AT_ONCE))


def _open_csv(source: Path, report: Report) -> _Reading:
    """Every cell stays the text it is: what is carried along comes out as it went in."""

    def skip(line: Any) -> str:
        if len(report.malformed) >= MALFORMED_LINES_MAX:
            return "error"
        report.malformed.append(MalformedLine(line.number - 1, line.actual_columns, line.expected_columns))
        return "skip"

    try:
        with source.open(encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file), [])
        reader = pa_csv.open_csv(
            source,
            # Of several threads none knows a line's number.
            read_options=pa_csv.ReadOptions(block_size=CSV_BLOCK_BYTES, use_threads=False),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except (pa.ArrowException, OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadFile("must be CSV in UTF-8, or Parquet") from error
    return _Reading(reader.schema, reader)


def _read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise BadFile("must be CSV in UTF-8, or Parquet") from error


def _check_columns(scorecard: Scorecard, schema: pa.Schema) -> None:
    names = schema.names
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadFile("must have each column once; more than one is named {names}", names=", ".join(twice))
    absent = [name for name in scorecard.required if name not in names]
    if absent and len(names) == 1 and _OTHER_SEPARATOR.search(names[0]):
        raise BadFile("must separate its cells with commas")
    if absent:
        raise BadFile("must have columns named {names}", names=", ".join(absent))
    taken = [name for name in ADDED.names if name in names]
    if taken:
        raise BadFile("must not have columns named {names}, which are added", names=", ".join(taken))
    for name in scorecard.feature_names:
        if name in names and not _may_hold_numbers(schema.field(name).type):
            raise BadFile("must have numbers in the column {name}", name=name)


def _may_hold_numbers(type_: pa.DataType) -> bool:
    types = pa.types
    inner = type_.value_type if types.is_dictionary(type_) else type_
    number = types.is_integer(inner) or types.is_floating(inner) or types.is_decimal(inner)
    return bool(number or types.is_string(inner) or types.is_large_string(inner) or types.is_null(inner))


def _writer(target: Path, schema: pa.Schema) -> Any:
    if target.suffix == ".parquet":
        return pq.ParquetWriter(target, schema)
    return pa_csv.CSVWriter(target, schema)


def _scored(portfolio: Portfolio, scorecard: Scorecard, batch: pa.RecordBatch, report: Report) -> pa.RecordBatch:
    read = {name: _numbers(batch, name) for name in scorecard.feature_names}
    columns = {name: values for name, (values, _) in read.items()}
    scored, (which, reasons) = portfolio.score(columns), portfolio.reasons(columns)
    errors = errors_of(columns, {name: bad for name, (_, bad) in read.items()})
    without = np.zeros(batch.num_rows, dtype=np.bool_)
    without[list(errors)] = True
    beyond, clipped = clipped_in(columns, ~without, report.clipped)
    texts = np.full(batch.num_rows, None, dtype=object)
    for position, error in errors.items():
        texts[position] = error
        if len(report.faults) < FAULTS_TOLD:
            report.faults.append((report.number_of(report.rows + position), error))
    report.rows += batch.num_rows
    report.unscored += len(errors)
    scores = pa.array(scored.scores, mask=without)
    added = [
        scores,
        pa.array(scored.default_probability, mask=without),
        _BANDS.take(scores),
        pa.array(reasons).take(pa.array(which, mask=without)),
        pa.array(clipped).take(pa.array(beyond, mask=beyond == 0)),
        pa.array(texts, pa.string()),
    ]
    return pa.RecordBatch.from_arrays([*batch.columns, *added], names=[*batch.schema.names, *ADDED.names])


def _numbers(batch: pa.RecordBatch, name: str) -> Numbers:
    """A column as doubles, NaN where there is none, and where that is because what stands there is no number."""
    if name not in batch.schema.names:
        return np.full(batch.num_rows, np.nan), np.zeros(batch.num_rows, dtype=np.bool_)
    column = batch.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _numbers_in(column)
    return _finite(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def _numbers_in(texts: pa.Array) -> Numbers:
    trimmed = pc.utf8_trim_whitespace(texts)
    given = pc.fill_null(pc.not_equal(trimmed, ""), False)
    try:
        values = pc.if_else(given, trimmed, None).cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:  # somewhere is a word: only now is each looked at
        plain = pc.and_(given, pc.fill_null(pc.match_substring_regex(trimmed, _NUMBER), False))
        values = pc.if_else(plain, trimmed, None).cast(pa.float64()).to_numpy(zero_copy_only=False)
    bad = given.to_numpy(zero_copy_only=False) & ~np.isfinite(values)  # `nan` and `inf` are words too
    return np.where(bad, np.nan, values), bad


def _finite(values: NDArray[np.float64]) -> Numbers:
    """Of numbers, NaN is an empty cell and infinity is none."""
    bad = np.isinf(values)
    return (np.where(bad, np.nan, values) if bad.any() else values), bad

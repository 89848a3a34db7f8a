"""Reading the pairs of an artifact, and refusing one that would let a worse answer help or silence pay.

The file has a small grid of points, cut at some of the edges of both tables; here it is spread over all their bins, so
that the bins of an evaluation, which are stored, find the points.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import Any

from score_service.domain.features import Feature
from score_service.domain.scorecard import Pair, Shape, Table

Grid = Sequence[Sequence[float]]


def read_pair(entry: Mapping[str, Any], tables: Sequence[Table], features: Mapping[str, Feature]) -> Pair:
    """Return a pair with its grid spread over the bins of its two tables; `ValueError` names the promise it breaks.

    Edges (1) of late payments and (8) of lines make a grid of two rows, below and from eight lines on, by two columns;
    in a table with edges (1, 2) the second column counts for two bins.
    """
    names = [table.feature for table in tables]
    position, given_position = names.index(entry["feature"]), names.index(entry["given"])
    table, given = tables[position], tables[given_position]
    columns, rows = _cells(table, entry["edges"]), _cells(given, entry["given_edges"])
    # With one of the two unmovable, what a plan can win stays the sum of what it can win on each feature.
    promises = chain(
        [("a plan may move one of the two at most", not all(features[t.feature].movable for t in (table, given)))],
        _promises(entry, (max(rows) + 1, max(columns) + 1), table, given),
        _nothing_at_the_best(entry["points"], rows[_best_bin(given)], columns[_best_bin(table)]),
    )
    for promise, kept in promises:
        if not kept:
            raise ValueError(f"{table.feature} given {given.feature}: {promise}")
    return Pair(
        table.feature,
        given.feature,
        tuple(entry["edges"]),
        tuple(entry["given_edges"]),
        tuple(map(tuple, entry["points"])),
        position,
        given_position,
        tuple(tuple(entry["points"][row][column] for column in columns) for row in rows),
    )


def _cells(table: Table, edges: Sequence[float]) -> list[int]:
    """Return which row or column of the grid each bin of `table` is in, the unknown bin in one of its own."""
    cells = [sum(edge <= start for edge in edges) for start in (float("-inf"), *table.edges)]
    return cells if table.missing_points is None else [*cells, len(edges) + 1]


def _promises(
    entry: Mapping[str, Any], shape: tuple[int, int], table: Table, given: Table
) -> Iterator[tuple[str, bool]]:
    points, shares = entry["points"], entry["frequencies"]
    for grid in (points, shares):
        yield "the grid has a row or column too few or too many", _is_grid(grid, *shape)
    yield "edges must be edges of the tables", set(entry["edges"]) <= set(table.edges)
    yield "edges must be edges of the tables", set(entry["given_edges"]) <= set(given.edges)
    yield "points must be whole numbers", all(type(p) is int for row in points for p in row)
    yield "frequencies must be shares", all(0 <= share <= 1 for row in shares for share in row)
    yield "frequencies must sum to 1", abs(sum(map(sum, shares)) - 1) <= 1e-6
    if table.missing_points is not None:
        yield "unknown must not earn more than the mean of its row", _unknown_is_no_gain(points, shares)
    if given.missing_points is not None:
        turned = list(zip(*points, strict=True)), list(zip(*shares, strict=True))
        yield "unknown must not earn more than the mean of its column", _unknown_is_no_gain(*turned)


def _nothing_at_the_best(points: Grid, row: int, column: int) -> Iterator[tuple[str, bool]]:
    at_the_best = [*points[row], *(each[column] for each in points)]
    yield "points must be zero where either answer is at its best", not any(at_the_best)


def _best_bin(table: Table) -> int:
    return {Shape.FALLING: 0, Shape.RISING: len(table.points) - 1}.get(table.shape, table.bin_of(table.peak or 0))


def _is_grid(grid: Grid, rows: int, columns: int) -> bool:
    return len(grid) == rows and all(len(row) == columns for row in grid)


def _unknown_is_no_gain(points: Grid, shares: Grid) -> bool:
    """Whether the last cell of every row is at most the mean of its others over everyone who is in one of them."""
    people = [sum(column) for column in zip(*shares, strict=True)][:-1]
    means = (sum(p * s for p, s in zip(row, people, strict=False)) / sum(people) for row in points)
    return all(row[-1] <= mean + 1e-6 for row, mean in zip(points, means, strict=True))


def with_pairs(
    tables: Sequence[Table], pairs: Sequence[Pair], entries: Sequence[Mapping[str, Any]]
) -> tuple[Table, ...]:
    """Return the tables with what their pairs add to the mean, the lowest and the highest points of a feature."""
    widened = list(tables)
    for pair, entry in zip(pairs, entries, strict=True):
        table = widened[pair.position]
        mean = sum(p * s for row, share in zip(entry["points"], entry["frequencies"], strict=True)
                   for p, s in zip(row, share, strict=True))  # fmt: skip
        worth = [*table.points, table.missing_points or 0]
        known = [worth[bin_] + row[bin_] for row in pair.points for bin_ in range(len(table.points))]
        widened[pair.position] = replace(
            table, mean_points=table.mean_points + mean, lowest=min(known), highest=max(known)
        )
    return tuple(widened)


def keeps_shape(table: Table, position: int, pairs: Sequence[Pair]) -> bool:
    """Whether points move only as declared along a table, whatever the other answers: up to the peak they may rise.

    A step of -6 points and a pair that gives 6 back to some is still falling; one that gives 7 back is not.
    """
    peak = {Shape.FALLING: float("-inf"), Shape.RISING: float("inf")}.get(table.shape, table.peak)
    if peak is None:
        return False
    for bin_, (edge, (before, after)) in enumerate(zip(table.edges, pairwise(table.points), strict=True)):
        sign = 1 if edge <= peak else -1
        worst = sum(min(sign * step for step in _steps(pair, position, bin_)) for pair in pairs)
        if sign * (after - before) + worst < 0:
            return False
    return True


def _steps(pair: Pair, position: int, bin_: int) -> Iterator[int]:
    """Yield by how much a pair's points change from `bin_` to the next, for every answer to the other question."""
    if position == pair.position:
        yield from (row[bin_ + 1] - row[bin_] for row in pair.points)
    elif position == pair.given_position:
        yield from (after - before for before, after in zip(*pair.points[bin_ : bin_ + 2], strict=True))
    else:
        yield 0

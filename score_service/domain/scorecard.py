"""What a scorecard is: base points plus one integer from each table and each pair of tables, and nothing else.

The tables come from an artifact (`artifact.load_scorecard`), were trained on outcomes, and are never written by hand.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from operator import add

from score_service.domain.bands import Band
from score_service.domain.features import Value


class Shape(StrEnum):
    """How points may move as the value grows; the loader refuses a table that breaks its own promise."""

    FALLING = "falling"
    RISING = "rising"
    PEAKED = "peaked"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The points of one feature. Bin i holds edges[i-1] <= value < edges[i]; the bin after the last means unknown.

    `missing_points` is what an unknown value is served: what was learned (`learned_missing_points`) or the population's
    mean, whichever is less; None where the feature must be given. `frequencies` are the population's shares of every
    bin, the unknown one last; `mean_points` is the average over everyone, unknown values at their learned points.
    `mean_points`, `lowest` and `highest` include the points of the feature's pair.
    """

    feature: str
    shape: Shape
    peak: float | None
    edges: tuple[float, ...]
    points: tuple[int, ...]
    missing_points: int | None
    learned_missing_points: int | None
    frequencies: tuple[float, ...]
    mean_points: float
    lowest: int
    highest: int

    @property
    def missing_bin(self) -> int:
        """The bin of an unknown value: one past the last bin of known ones."""
        return len(self.points)

    def bin_of(self, value: Value) -> int:
        """Return the bin of `value`: with edges (0.3, 0.5), 0.29 is in bin 0, 0.30 in bin 1 and None in bin 3."""
        return self.missing_bin if value is None else bisect_right(self.edges, value)

    def points_of(self, bin_: int) -> int:
        """Return the points of a bin; `ValueError` for the unknown bin of a feature that must be given."""
        if bin_ < len(self.points):
            return self.points[bin_]
        if self.missing_points is None:
            raise ValueError(f"{self.feature} must be given")
        return self.missing_points


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Points that one feature earns more or less because of what another answer is.

    `grid` is as people read it: a row for each bin that `given_edges` cut, a column for each that `edges` cut, unknown
    last; with rows for fewer than eight open lines and for more, a late payment may weigh less in the second.
    `points[bin of given][bin of feature]` is the same by the bins of the two tables, whose places `position` and
    `given_position` are. No feature has more than one pair in which it is `feature`.
    """

    feature: str
    given: str
    edges: tuple[float, ...]
    given_edges: tuple[float, ...]
    grid: tuple[tuple[int, ...], ...]
    position: int
    given_position: int
    points: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scorecard:
    """A loaded artifact: everything needed to score, to explain, to watch for drift and to prove what was served.

    `default_probability[s - 300]` is the probability of 90 days past due within two years at score s. `model_sd` is
    the bootstrap standard deviation of the score, in points, within each band. `points_covariance` follows the order
    of `tables`. `percentiles` are the scores at 1 % to 99 % of the `trained_on` people, and `decile_frequencies` their
    shares in the tenths that begin above each of `decile_edges`; many people have the same score, so not all are 0.1.
    """

    version: str
    kind: str
    sha256: str
    data_sha256: str
    base_points: int
    tables: tuple[Table, ...]
    pairs: tuple[Pair, ...]
    required: tuple[str, ...]
    default_probability: tuple[float, ...]
    model_sd: Mapping[Band, float]
    points_covariance: tuple[tuple[float, ...], ...]
    percentiles: tuple[int, ...]
    decile_edges: tuple[int, ...]
    decile_frequencies: tuple[float, ...]
    trained_on: int
    card: Mapping[str, object]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The features that earn points, in the order of the tables."""
        return tuple(table.feature for table in self.tables)

    def decile_of(self, score: int) -> int:
        """Return the tenth of a score, 0 the lowest: with edges 612 and 655, 655 is in 1 and 656 in 2."""
        return bisect_left(self.decile_edges, score)

    def points_along(self, position: int, bins: Sequence[int]) -> tuple[int, ...]:
        """Return what each bin of the table at `position` is worth to someone whose other answers are in `bins`.

        Worth 9 and -40 points, with a pair that gives 6 back in the second bin, the bins are worth 9 and -34. Where
        the feature is what a pair's points are given by, the other feature's points are counted here too, so that a
        difference between two bins is what moving between them does to the score.
        """
        table = self.tables[position]
        worth = table.points if table.missing_points is None else (*table.points, table.missing_points)
        for other, points in _paired_with(self, position):
            worth = tuple(map(add, worth, points[bins[other]]))
        return worth

    def table(self, feature: str) -> Table:
        """Return the table of `feature`; `KeyError` when this scorecard does not use it."""
        for table in self.tables:
            if table.feature == feature:
                return table
        raise KeyError(feature)


@lru_cache(maxsize=256)
def _paired_with(scorecard: Scorecard, position: int) -> tuple[tuple[int, tuple[tuple[int, ...], ...]], ...]:
    """For each pair of the table at `position`, the place of its other table and the points by that one's bins."""
    return tuple(
        (pair.given_position, pair.points)
        if position == pair.position
        else (pair.position, tuple(zip(*pair.points, strict=True)))
        for pair in scorecard.pairs
        if position in (pair.position, pair.given_position)
    )

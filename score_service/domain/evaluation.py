"""From features to a score with its whole account: which bin, how many points, how sure."""

from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import NamedTuple

from score_service.domain.bands import HIGHEST_SCORE, LOWEST_SCORE, Band, band_of
from score_service.domain.features import Features, IncompleteError, Value, unanswered
from score_service.domain.scorecard import Scorecard
from score_service.domain.uncertainty import NO_RANGES, Ranges, half_width, variance_of_bands

THIN_FILE = "thin_file"
_THIN = (THIN_FILE,)
_HALF_SCALE = (HIGHEST_SCORE - LOWEST_SCORE) / 2


class Standing(NamedTuple):
    """What a score says by itself, whoever has it: there are only 551, so each is worked out once.

    `probability_of_default` is that of 90 days past due within two years; `interval` the 90 % interval of the score;
    `confidence` (0..1) is 1 - half its unclipped width / 275; `percentile` (0..99) the share of the training
    population below, in percent.
    """

    probability_of_default: float
    confidence: float
    interval: tuple[int, int]
    percentile: int


class Evaluation(NamedTuple):
    """One person's score, `clip(base_points + Σ points)`, and all that follows from it.

    `values`, `bins` and `points` follow the scorecard's tables; the last four fields are those of `Standing`.
    """

    score: int
    base_points: int
    values: tuple[Value, ...]
    bins: tuple[int, ...]
    points: tuple[int, ...]
    flags: tuple[str, ...]
    probability_of_default: float
    confidence: float
    interval: tuple[int, int]
    percentile: int

    @property
    def band(self) -> Band:
        """The band of the score."""
        return band_of(self.score)


def evaluate(scorecard: Scorecard, features: Features, ranges: Ranges = NO_RANGES) -> Evaluation:
    """Score a person: `clip(base + Σ points, 300, 850)`, with inputs exactly as given.

    With base 740, a utilisation worth -51 points, one late payment worth -48 and nothing from the other tables, the
    score is 641. Features the scorecard does not use are ignored; an optional one that is absent or null gets its
    table's `missing_points`. Raises `IncompleteError` naming the required features nobody gave. Bounds are the
    caller's concern (`features.validated`, `features.clipped`): a value beyond the last edge falls in the last bin.
    `ranges` are the ends of answers that name a band; they widen the interval and change nothing else.
    """
    for name in scorecard.required:
        if name not in features:
            raise IncompleteError(unanswered(features, scorecard.required))
    values, bins, points = [], [], []
    unknown: tuple[str, ...] = ()
    for table in scorecard.tables:
        value = features.get(table.feature)
        if value is not None:
            bin_ = bisect_right(table.edges, value)
            earned = table.points[bin_]
        elif table.missing_points is not None:
            bin_ = len(table.points)
            earned = table.missing_points
            if table.feature not in scorecard.required:  # no card is an answer; no debt ratio is not
                unknown = (*unknown, table.feature)
        else:
            raise IncompleteError(unanswered(features, scorecard.required))
        values.append(value)
        bins.append(bin_)
        points.append(earned)
    for pair in scorecard.pairs:
        points[pair.position] += pair.points[bins[pair.given_position]][bins[pair.position]]
    score = clip(scorecard.base_points + sum(points))
    return Evaluation(
        score,
        scorecard.base_points,
        tuple(values),
        tuple(bins),
        tuple(points),
        _THIN if features.get("lines") == 0 else (),
        *standing(scorecard, score, unknown, variance_of_bands(scorecard, bins, ranges) if ranges else 0.0),
    )


@lru_cache(maxsize=8192)
def standing(scorecard: Scorecard, score: int, unknown: tuple[str, ...] = (), bands: float = 0.0) -> Standing:
    """Return the probability, confidence, interval and percentile of a score.

    `unknown` answers and the variance of those that name `bands` widen the interval.

    A score of 641 with half a width of 9.9 points has the interval (631, 651) and the confidence 0.964.
    """
    half = half_width(scorecard, score, unknown, bands)
    return Standing(
        scorecard.default_probability[score - LOWEST_SCORE],
        max(0.0, round(1 - half / _HALF_SCALE, 3)),
        (clip(round(score - half)), clip(round(score + half))),
        bisect_left(scorecard.percentiles, score),
    )


def clip(points: int) -> int:
    """Return a sum of points as a score: 862 counts as 850, 120 as 300."""
    return min(max(points, LOWEST_SCORE), HIGHEST_SCORE)

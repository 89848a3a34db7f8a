"""From features to a score with its whole account: which bin, how many points, how sure."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from score_service.domain.bands import HIGHEST_SCORE, LOWEST_SCORE, Band, band_of
from score_service.domain.features import Features, IncompleteError, Value, unanswered
from score_service.domain.scorecard import Scorecard
from score_service.domain.uncertainty import confidence, half_width

THIN_FILE = "thin_file"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One person's score, `clip(base_points + Σ points)`. `values`, `bins` and `points` follow the scorecard's tables.

    `interval` is the 90 % interval of the score and `confidence` (0..1) is 1 - half its unclipped width / 275.
    `percentile` (0..99) is the share of the training population below, in percent.
    """

    score: int
    base_points: int
    values: tuple[Value, ...]
    bins: tuple[int, ...]
    points: tuple[int, ...]
    probability_of_default: float
    confidence: float
    interval: tuple[int, int]
    percentile: int
    flags: tuple[str, ...]

    @property
    def band(self) -> Band:
        """The band of the score."""
        return band_of(self.score)


def evaluate(scorecard: Scorecard, features: Features) -> Evaluation:
    """Score a person: `clip(base + Σ points, 300, 850)`, with inputs exactly as given.

    With base 740, a utilisation worth -51 points, one late payment worth -48 and nothing from the other tables, the
    score is 641. Features the scorecard does not use are ignored; an optional one that is absent or null gets its
    table's `missing_points`. Raises `IncompleteError` naming the required features nobody gave. Bounds are the
    caller's concern (`features.validated`, `features.clipped`): a value beyond the last edge falls in the last bin.
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
    score = clip(scorecard.base_points + sum(points))
    half = half_width(scorecard, score, unknown)
    return Evaluation(
        score,
        scorecard.base_points,
        tuple(values),
        tuple(bins),
        tuple(points),
        scorecard.default_probability[score - LOWEST_SCORE],
        confidence(half),
        (clip(round(score - half)), clip(round(score + half))),
        bisect_left(scorecard.percentiles, score),
        (THIN_FILE,) if features.get("lines") == 0 else (),
    )


def clip(points: int) -> int:
    """Return a sum of points as a score: 862 counts as 850, 120 as 300."""
    return min(max(points, LOWEST_SCORE), HIGHEST_SCORE)

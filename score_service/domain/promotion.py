"""May a scorecard decide? What its own card says of it, against limits that every champion has to keep."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from score_service.domain.scorecard import Scorecard

LEAST_AUC = 0.85
MOST_CALIBRATION_ERROR = 0.0025
MOST_BAND_ERROR = 0.01
# Of intervals that claim 90 %, whichever answers are hidden.
LEAST_COVERAGE = 0.89


@dataclass(frozen=True, slots=True)
class Check:
    """One figure and the limit it has to keep, on the side that `passed` knows."""

    name: str
    figure: float
    limit: float
    passed: bool


def checks(scorecard: Scorecard) -> tuple[Check, ...]:
    """Return every check of a scorecard: an AUC of 0.861 passes 0.85, a calibration error of 0.004 fails 0.0025.

    The limits are absolute, so that a champion may be called back after a better one; what loading an artifact proves
    (shapes, golden vectors) needs no check here. `KeyError` for a card without these figures.
    """
    card: Mapping[str, Any] = scorecard.card
    measured = card["cross_validation"]
    return (
        _at_least("discrimination", measured["auc"], LEAST_AUC),
        _at_most("calibration", measured["calibration_error"], MOST_CALIBRATION_ERROR),
        _at_most("calibration_by_band", max(_band_errors(card["bands"])), MOST_BAND_ERROR),
        _at_least("better_bands_default_less", min(_falls(card["bands"])), 0),
        _at_least("interval_coverage", min(card["interval_coverage_with_answers_hidden"].values()), LEAST_COVERAGE),
        *(
            _at_least("age_never_costs", min(_rises(each.points)), 0)
            for each in scorecard.tables
            if each.feature == "age"
        ),
    )


def _band_errors(bands: list[Mapping[str, float]]) -> Iterator[float]:
    return (abs(band["observed_default"] - band["predicted_default"]) for band in bands)


def _falls(bands: list[Mapping[str, float]]) -> Iterator[float]:
    return (worse["observed_default"] - better["observed_default"] for worse, better in pairwise(bands))


def _rises(points: tuple[int, ...]) -> Iterator[int]:
    return (older - younger for younger, older in pairwise(points))


def _at_least(name: str, figure: float, limit: float) -> Check:
    return Check(name, figure, limit, figure >= limit)


def _at_most(name: str, figure: float, limit: float) -> Check:
    return Check(name, figure, limit, figure <= limit)

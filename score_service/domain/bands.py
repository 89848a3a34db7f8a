"""The names of a score: five bands, and the four categories shown in apps."""

from bisect import bisect_right
from enum import StrEnum

LOWEST_SCORE = 300
HIGHEST_SCORE = 850


class Band(StrEnum):
    """Bands of the score; each band's observed and predicted default rate stands in the scorecard's card."""

    POOR = "poor"
    FAIR = "fair"
    GOOD = "good"
    VERY_GOOD = "very_good"
    EXCEPTIONAL = "exceptional"


BAND_FLOORS: dict[Band, int] = {
    Band.POOR: LOWEST_SCORE,
    Band.FAIR: 580,
    Band.GOOD: 670,
    Band.VERY_GOOD: 740,
    Band.EXCEPTIONAL: 800,
}
_BANDS = tuple(BAND_FLOORS)
_INNER_FLOORS = tuple(BAND_FLOORS.values())[1:]
_CATEGORIES = {
    Band.POOR: "Poor",
    Band.FAIR: "Fair",
    Band.GOOD: "Good",
    Band.VERY_GOOD: "Excellent",
    Band.EXCEPTIONAL: "Excellent",
}


def band_of(score: int) -> Band:
    """Return the band of a score of 300 to 850: 669 is fair, 670 is good."""
    return _BANDS[bisect_right(_INNER_FLOORS, score)]


def category_of(band: Band) -> str:
    """Return Poor, Fair, Good or Excellent: very good and exceptional are both Excellent."""
    return _CATEGORIES[band]

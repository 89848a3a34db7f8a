"""How the people scored now are spread: by band, by steps of 50 points, and by percent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from score_service.domain.bands import BAND_FLOORS, HIGHEST_SCORE, LOWEST_SCORE, Band

STEP = 50
# Of fewer than so many, who has a better score says little.
PEOPLE_LEAST = 1_000


@dataclass(frozen=True, slots=True)
class Cell:
    """Scores from `lowest` to `highest`, both included; `share` is of everyone."""

    lowest: int
    highest: int
    people: int
    share: float


def by_steps(counts: Mapping[int, int]) -> tuple[Cell, ...]:
    """Return eleven cells for people counted by score: 300 to 349 is the first, 800 to 850 the last."""
    floors = range(LOWEST_SCORE, HIGHEST_SCORE, STEP)
    return tuple(_cell(counts, low, HIGHEST_SCORE if low == floors[-1] else low + STEP - 1) for low in floors)


def by_bands(counts: Mapping[int, int]) -> dict[Band, Cell]:
    """Return each band's cell: two people at 669 and 670 are half fair, half good."""
    floors = [*BAND_FLOORS.values(), HIGHEST_SCORE + 1]
    return {band: _cell(counts, low, floors[i + 1] - 1) for i, (band, low) in enumerate(BAND_FLOORS.items())}


def by_place(counts: Mapping[int, int], place_of: Callable[[int], int], places: int) -> list[int]:
    """Return how many people are in each of `places`, where `place_of` says which is a score's."""
    people = [0] * places
    for score, count in counts.items():
        people[place_of(score)] += count
    return people


def mean_of(counts: Mapping[int, int]) -> float | None:
    """Return the mean score of people counted by score, None of nobody: one at 600 and two at 630 give 620."""
    everyone = sum(counts.values())
    return sum(score * count for score, count in counts.items()) / everyone if everyone else None


def percentiles_of(counts: Mapping[int, int]) -> tuple[int, ...] | None:
    """Return the scores that 1 % to 99 % of people counted by score are at or below; None of fewer than 1,000 people.

    Of 500 at 600 and 500 at 700, fifty of the 99 scores are 600 and the others are 700.
    """
    everyone, below = sum(counts.values()), 0
    if everyone < PEOPLE_LEAST:
        return None
    percentiles: list[int] = []
    for score in sorted(counts):
        below += counts[score]
        percentiles += [score] * (min(99, 100 * below // everyone) - len(percentiles))
    return tuple(percentiles)


def share_of(people: int, everyone: int) -> float:
    """Return a share of everyone, 0 where there is nobody."""
    return people / everyone if everyone else 0.0


def _cell(counts: Mapping[int, int], lowest: int, highest: int) -> Cell:
    people = sum(count for score, count in counts.items() if lowest <= score <= highest)
    return Cell(lowest, highest, people, share_of(people, sum(counts.values())))

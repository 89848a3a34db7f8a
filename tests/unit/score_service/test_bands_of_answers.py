"""An answer that names a band widens the interval, by what the other values of the band would earn."""

import random
from itertools import pairwise

import pytest

from score_service.domain.evaluation import evaluate
from score_service.domain.projection import project
from score_service.domain.scorecard import Scorecard
from score_service.domain.simulation import ranges_kept, simulate
from score_service.domain.uncertainty import variance_of_bands
from tests.unit.score_service.conftest import Profiles

UTILISATION = {"utilisation": (0.2, 0.5)}
PERSON = {
    "utilisation": 0.35, "late30": 1.0, "late60": 0.0, "late90": 0.0, "debt_ratio": 0.35, "lines": 7.0, "mortgages": 1,
}  # fmt: skip


def test_a_band_widens_the_interval_and_changes_nothing_else(scorecard: Scorecard, create_profiles: Profiles) -> None:
    for profile in create_profiles(200):
        if profile["utilisation"] is None:
            continue
        ends = {"utilisation": (profile["utilisation"] * 0.5, profile["utilisation"] * 1.5)}
        exact, banded = evaluate(scorecard, profile), evaluate(scorecard, profile, ends)
        assert banded._replace(interval=exact.interval, confidence=exact.confidence) == exact
        assert banded.confidence <= exact.confidence
        assert banded.interval[0] <= exact.interval[0] <= exact.interval[1] <= banded.interval[1]


def test_the_variance_is_the_mean_square_of_what_is_missed(champion: Scorecard) -> None:
    table, bins = champion.table("utilisation"), evaluate(champion, PERSON).bins
    worth = champion.points_along(champion.feature_names.index("utilisation"), bins)
    inside = range(table.bin_of(0.2), table.bin_of(0.5) + 1)
    people = sum(table.frequencies[bin_] for bin_ in inside)
    missed = sum(table.frequencies[bin_] * (worth[bin_] - worth[table.bin_of(0.35)]) ** 2 for bin_ in inside)
    assert variance_of_bands(champion, bins, UTILISATION) == pytest.approx(missed / people)
    assert missed > 0


@pytest.mark.parametrize(
    "ranges", [{}, {"utilisation": (0.35, 0.35)}, {"age": (30, 40)}, {"a_feature_of_tomorrow": (0, 1)}]
)
def test_what_leaves_no_doubt_widens_nothing(champion: Scorecard, ranges: dict[str, tuple[float, float]]) -> None:
    assert evaluate(champion, PERSON, ranges) == evaluate(champion, PERSON)


def test_who_has_no_card_is_in_no_band_of_utilisation(champion: Scorecard) -> None:
    nobody = {**PERSON, "utilisation": None}
    assert evaluate(champion, nobody, UTILISATION) == evaluate(champion, nobody)


def test_the_interval_holds_the_score_of_what_was_meant(scorecard: Scorecard, create_profiles: Profiles) -> None:
    """Of people who say a band, nine in ten at least have the score of their own number within it."""
    rng, edges = random.Random(5), (0.0, 0.1, 0.3, 0.5, 0.75, 1.0)  # noqa: S311
    held = asked = 0
    for profile in create_profiles(2_000):
        low, high = rng.choice(list(pairwise(edges)))
        meant = evaluate(scorecard, {**profile, "utilisation": rng.uniform(low, high)}).score
        said = evaluate(scorecard, {**profile, "utilisation": (low + high) / 2}, {"utilisation": (low, high)})
        held, asked = held + (said.interval[0] <= meant <= said.interval[1]), asked + 1
    assert held / asked >= 0.9


def test_a_simulation_keeps_the_bands_of_answers_that_stay(champion: Scorecard) -> None:
    ranges = {**UTILISATION, "debt_ratio": (0.2, 0.6)}
    today = evaluate(champion, PERSON, ranges)
    assert simulate(champion, PERSON, {}, ranges_kept(ranges, {})) == today
    changes = {"utilisation": 0.05}
    kept = ranges_kept(ranges, changes)
    assert kept == {"debt_ratio": (0.2, 0.6)}
    projected = project(champion, PERSON, changes, 12, ranges)
    assert (projected.today, projected.last) == (today, simulate(champion, PERSON, changes, kept))

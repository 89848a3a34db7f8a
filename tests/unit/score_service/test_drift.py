"""A shift is called one when chance does not explain it and it is large enough to matter."""

import numpy as np
import pytest

from score_service.domain.drift import Verdict, chi_squared_99, drift, feature_drift, score_drift
from score_service.domain.evaluation import evaluate
from score_service.domain.scorecard import Scorecard
from tests.unit.score_service.conftest import Profiles

SHARES = [0.4, 0.3, 0.15, 0.1, 0.05]


@pytest.mark.parametrize(("freedom", "exact"), [(1, 6.635), (4, 13.277), (9, 21.666), (30, 50.892)])
def test_the_99_percent_point_is_that_of_the_tables(freedom: int, exact: float) -> None:
    assert chi_squared_99(freedom) == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("people", [300, 3_000, 100_000])
def test_people_drawn_from_the_training_population_stay_below_chance(people: int) -> None:
    generator = np.random.default_rng(8)
    draws = [drift(SHARES, generator.multinomial(people, SHARES).tolist(), 10**9) for _ in range(2_000)]
    beyond = np.mean([draw.index > draw.chance for draw in draws])
    assert 0.002 < beyond < 0.02  # nominal 0.01
    assert {draw.verdict for draw in draws} == {Verdict.STABLE}


def test_the_training_samples_own_noise_counts_too() -> None:
    generator = np.random.default_rng(9)
    draws = []
    for _ in range(2_000):
        training, now = (generator.multinomial(500, SHARES) for _ in range(2))
        draws.append(drift((training / 500).tolist(), now.tolist(), 500))
    assert np.mean([draw.index > draw.chance for draw in draws]) < 0.02


def test_a_large_shift_of_many_people_is_called_one() -> None:
    assert drift(SHARES, [1_000, 2_000, 3_000, 2_000, 2_000], 100_000).verdict is Verdict.SHIFTED


def test_the_same_shift_of_a_few_people_is_not() -> None:
    assert drift(SHARES, [1, 2, 3, 2, 2], 100_000).verdict is Verdict.STABLE


def test_a_small_shift_of_a_million_is_beyond_chance_and_still_stable() -> None:
    seen = drift(SHARES, [420_000, 290_000, 145_000, 95_000, 50_000], 10**9)
    assert seen.index > seen.chance
    assert seen.verdict is Verdict.STABLE


def test_a_middling_shift_is_worth_a_look() -> None:
    assert drift(SHARES, [2_600, 3_000, 2_000, 1_500, 900], 100_000).verdict is Verdict.MOVED


def test_cells_too_rare_to_count_are_counted_together() -> None:
    rare = [0.5, 0.4985, 0.0005, 0.0005, 0.0005]
    assert drift(rare, [500, 498, 2, 0, 0], 10**6).verdict is Verdict.STABLE


def test_a_scorecard_knows_what_to_expect_of_each_feature_and_of_the_score(
    champion: Scorecard, create_profiles: Profiles
) -> None:
    evaluations = [evaluate(champion, profile) for profile in create_profiles(5_000)]
    for i, table in enumerate(champion.tables):
        counts = np.bincount([e.bins[i] for e in evaluations], minlength=len(table.frequencies)).tolist()
        assert feature_drift(table, counts, champion.trained_on).people == 5_000
    tenths = [champion.decile_of(e.score) for e in evaluations]
    counts = np.bincount(tenths, minlength=len(champion.decile_frequencies)).tolist()
    assert score_drift(champion, counts).verdict is Verdict.SHIFTED  # random profiles are nobody's population


@pytest.mark.parametrize("counts", [[1, 2], [0, 0, 0, 0, 0]])
def test_counts_that_do_not_fit_are_refused(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="one count for each"):
        drift(SHARES, counts, 1_000)

"""Percentiles of people counted by score, for which a score is looked up as for the training population's."""

import random
from bisect import bisect_left
from collections import Counter

from score_service.domain.distribution import percentiles_of


def test_percentiles_are_the_scores_at_every_hundredth_of_people_in_order() -> None:
    generator = random.Random(11)  # noqa: S311 (reproducible people, not secrets)
    for people in (1_000, 1_037, 20_000):
        scores = [min(850, max(300, round(generator.gauss(720, 90)))) for _ in range(people)]
        ordered = sorted(scores)
        places = [-(-percent * people // 100) - 1 for percent in range(1, 100)]
        assert percentiles_of(Counter(scores)) == tuple(ordered[place] for place in places)


def test_of_fewer_than_a_thousand_there_are_none() -> None:
    assert percentiles_of({600: 999}) is None
    assert percentiles_of({600: 1_000}) == (600,) * 99
    assert percentiles_of({}) is None


def test_the_percentile_of_a_score_is_the_share_of_people_below_it() -> None:
    percentiles = percentiles_of({600: 500, 700: 500})
    assert percentiles is not None
    assert [bisect_left(percentiles, score) for score in (300, 600, 601, 700, 701, 850)] == [0, 0, 50, 50, 99, 99]

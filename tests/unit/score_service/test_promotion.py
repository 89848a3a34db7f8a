"""What a scorecard must keep to be promoted, and a challenger that fails without anybody noticing but operators."""

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from score_service.domain.evaluation import evaluate
from score_service.domain.promotion import checks
from score_service.domain.scorecard import Scorecard
from score_service.services.scores import shadow_of
from tests.unit.score_service.conftest import Profiles


@pytest.mark.truth("M5 calibration, by band too, and the interval's coverage keep their limits", "people", n=129_770)
def test_every_shipped_scorecard_passes(scorecard: Scorecard) -> None:
    assert scorecard.trained_on == 129_770
    assert failed(scorecard) == []


def with_card(scorecard: Scorecard, **changes: Any) -> Scorecard:
    return replace(scorecard, card={**scorecard.card, **changes})


def failed(scorecard: Scorecard) -> list[str]:
    return [check.name for check in checks(scorecard) if not check.passed]


def test_a_figure_beyond_its_limit_is_named(challenger: Scorecard) -> None:
    measured = {"auc": 0.849, "calibration_error": 0.0026}
    assert failed(with_card(challenger, cross_validation=measured)) == ["discrimination", "calibration"]
    hidden = {"debt_ratio": 0.91, "age": 0.88}
    assert failed(with_card(challenger, interval_coverage_with_answers_hidden=hidden)) == ["interval_coverage"]


def test_bands_that_mean_nothing_are_named(challenger: Scorecard) -> None:
    bands = [{"observed_default": 0.1, "predicted_default": 0.1}, {"observed_default": 0.12, "predicted_default": 0.09}]
    assert failed(with_card(challenger, bands=bands)) == ["calibration_by_band", "better_bands_default_less"]


def test_age_that_costs_points_is_named(challenger: Scorecard) -> None:
    tables = tuple(
        replace(table, points=table.points[::-1]) if table.feature == "age" else table for table in challenger.tables
    )
    assert failed(replace(challenger, tables=tables)) == ["age_never_costs"]


def test_the_challenger_scores_whoever_the_champion_scores(
    champion: Scorecard, challenger: Scorecard, create_profiles: Profiles
) -> None:
    for profile in create_profiles(2_000):
        known = {name: profile[name] for name in champion.feature_names}
        evaluate(champion, known)
        assert shadow_of(challenger, known)["challenger_score"] == evaluate(challenger, known).score


@pytest.mark.parametrize("damage", [{"required": ("shoe_size",)}, {"default_probability": ()}, {"tables": (None,)}])
def test_a_challenger_that_fails_leaves_its_place_empty(challenger: Scorecard, damage: dict[str, Any]) -> None:
    person = {"utilisation": 0.3, "late30": 0.0, "late60": 0.0, "late90": 0.0, "lines": 4.0}
    with capture_logs() as logged:
        shadow = shadow_of(replace(challenger, **damage), person)
    assert [each["event"] for each in logged] == ["challenger_failed"]
    assert set(shadow.values()) == {None}
    assert shadow.keys() == shadow_of(challenger, person).keys()

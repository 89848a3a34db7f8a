"""Reasons, factors and recommendations say what the points say: each event once, nothing invented, nothing unfair."""

import pytest

from score_service.domain.bands import Band, band_of, category_of
from score_service.domain.evaluation import evaluate
from score_service.domain.factors import factors, impact, weights
from score_service.domain.features import FEATURES, Group
from score_service.domain.reasons import MOST_REASONS, Measure, code_of, reasons
from score_service.domain.recommendations import recommendations
from score_service.domain.scorecard import Scorecard
from score_service.domain.texts import ENGLISH, english
from tests.unit.score_service.conftest import Profiles

CLEAN = {
    "utilisation": 0.0, "late30": 0.0, "late60": 0.0, "late90": 0.0, "debt_ratio": 0.0, "lines": 9.0, "mortgages": 1.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("score", "band", "category"),
    [
        (300, Band.POOR, "Poor"),
        (579, Band.POOR, "Poor"),
        (580, Band.FAIR, "Fair"),
        (669, Band.FAIR, "Fair"),
        (670, Band.GOOD, "Good"),
        (739, Band.GOOD, "Good"),
        (740, Band.VERY_GOOD, "Excellent"),
        (800, Band.EXCEPTIONAL, "Excellent"),
        (850, Band.EXCEPTIONAL, "Excellent"),
    ],
)
def test_bands_begin_at_their_floors(score: int, band: Band, category: str) -> None:
    assert band_of(score) is band
    assert category_of(band) == category


@pytest.mark.slow
@pytest.mark.parametrize("measure", Measure)
def test_reasons_are_the_largest_losses_of_their_groups(
    scorecard: Scorecard, create_profiles: Profiles, measure: Measure
) -> None:
    for profile in create_profiles(3_000):
        evaluation = evaluate(scorecard, profile)
        lost: dict[Group, float] = {}
        for table, points in zip(scorecard.tables, evaluation.points, strict=True):
            best = table.highest if measure is Measure.TO_RAISE else table.mean_points
            group = FEATURES[table.feature].group
            lost[group] = lost.get(group, 0) + best - points
        largest = sorted((loss for loss in lost.values() if loss > 0), reverse=True)[:MOST_REASONS]
        named = reasons(scorecard, evaluation, measure)
        assert [reason.points for reason in named] == pytest.approx(largest)
        assert all(reason.points == pytest.approx(lost[reason.group]) for reason in named)
        assert len({reason.group for reason in named}) == len(named)


def test_one_bad_spell_is_one_reason(champion: Scorecard) -> None:
    evaluation = evaluate(champion, {**CLEAN, "late30": 1.0, "late60": 1.0, "late90": 1.0})
    assert [reason.code for reason in reasons(champion, evaluation)] == ["payment_history.v1"]
    assert reasons(champion, evaluation)[0].features == ("late30", "late60", "late90")


def test_the_best_answers_leave_nothing_to_explain(champion: Scorecard) -> None:
    best = evaluate(champion, CLEAN)
    assert best.score == 850
    assert reasons(champion, best) == ()
    assert recommendations(champion, best) == ()


def test_no_one_is_told_of_late_payments_they_did_not_have(scorecard: Scorecard, create_profiles: Profiles) -> None:
    for profile in create_profiles(3_000):
        evaluation = evaluate(scorecard, {**profile, "late30": 0.0, "late60": 0.0, "late90": 0.0})
        for measure in Measure:
            assert Group.PAYMENT_HISTORY not in {r.group for r in reasons(scorecard, evaluation, measure)}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"utilisation": 0.95}, "utilisation_high.v1"),
        ({"utilisation": None}, "no_card.v1"),
        ({"debt_ratio": 1.5}, "debt_ratio_high.v1"),
        ({"debt_ratio": None}, "debt_ratio_unknown.v1"),
        ({"lines": 0.0}, "lines_few.v1"),
        ({"lines": 40.0}, "lines_many.v1"),
        ({"mortgages": 0.0}, "mortgages_none.v1"),
        ({"mortgages": 8.0}, "mortgages_several.v1"),
        ({"mortgages": None}, "mortgages_unknown.v1"),
    ],
)
def test_a_loss_is_named_for_what_it_is(champion: Scorecard, changes: dict[str, float | None], code: str) -> None:
    assert [reason.code for reason in reasons(champion, evaluate(champion, {**CLEAN, **changes}))] == [code]


def test_recommendations_are_acts_and_each_is_worth_something(scorecard: Scorecard, create_profiles: Profiles) -> None:
    for profile in create_profiles(3_000):
        acts = recommendations(scorecard, evaluate(scorecard, profile))
        assert all(act.points_gain > 0 for act in acts)
        assert [act.points_gain for act in acts] == sorted((act.points_gain for act in acts), reverse=True)
        assert not {act.code for act in acts} & {"age", "dependents", "no_card.v1", "mortgages_none.v1"}


def test_no_one_is_advised_to_take_a_home_loan_or_a_card(champion: Scorecard) -> None:
    evaluation = evaluate(champion, {**CLEAN, "mortgages": 0.0, "utilisation": None})
    assert {reason.code for reason in reasons(champion, evaluation)} == {"no_card.v1", "mortgages_none.v1"}
    assert recommendations(champion, evaluation) == ()


def test_factors_add_up_to_the_score(scorecard: Scorecard, create_profiles: Profiles) -> None:
    for profile in create_profiles(2_000):
        evaluation = evaluate(scorecard, profile)
        lines = factors(scorecard, evaluation)
        assert min(max(evaluation.base_points + sum(line.points for line in lines), 300), 850) == evaluation.score
        assert sum(line.weight for line in lines) == 100
        assert all(0 <= line.score <= 100 and line.points <= line.max_points for line in lines)


def test_a_factor_above_the_average_is_positive_and_below_negative(champion: Scorecard) -> None:
    table = champion.table("utilisation")
    assert impact(table, table.highest) == "positive"
    assert impact(table, table.lowest) == "negative"
    assert impact(table, round(table.mean_points)) == "neutral"


def test_a_wider_table_weighs_more(scorecard: Scorecard) -> None:
    ranges = [table.highest - table.lowest for table in scorecard.tables]
    order = sorted(range(len(ranges)), key=ranges.__getitem__)
    weighed = [weights(scorecard)[i] for i in order]
    assert weighed == sorted(weighed)


def test_every_code_a_scorecard_can_speak_has_words(scorecard: Scorecard) -> None:
    for table in scorecard.tables:
        for word in ("name", "description", "advice"):
            assert english(f"{table.feature}.{word}")
        for bin_ in range(len(table.points) + (table.missing_points is not None)):
            assert english(code_of(table, bin_))


def test_words_come_from_the_catalogue_the_caller_gives(champion: Scorecard) -> None:
    evaluation = evaluate(champion, {**CLEAN, "utilisation": 0.9})
    shouted = {code: text.upper() for code, text in ENGLISH.items()}
    assert factors(champion, evaluation, shouted.__getitem__)[0].name == "CREDIT UTILISATION"
    assert reasons(champion, evaluation, text=shouted.__getitem__)[0].text.isupper()
    assert recommendations(champion, evaluation, shouted.__getitem__)[0].title.isupper()

"""A plan is the cheapest there is, checked against every combination; a projection is arithmetic, no forecast."""

import random
from itertools import product

import pytest

from score_service.domain.evaluation import evaluate
from score_service.domain.features import FEATURES, InvalidFeaturesError, Value
from score_service.domain.plan import Plan, plan
from score_service.domain.projection import WINDOW_MONTHS, late_count, project
from score_service.domain.scorecard import Scorecard, Table
from score_service.domain.simulation import simulate
from tests.unit.score_service.conftest import Profiles

PERSON = {
    "utilisation": 0.83,
    "late30": 1.0,
    "late60": 0.0,
    "late90": 0.0,
    "debt_ratio": 0.7,
    "lines": 14.0,
    "mortgages": 1.0,
}


def reachable_values(table: Table, features: dict[str, Value], fixed: set[str]) -> list[float]:
    """Every whole count, or one value of every bin, that a person may move a feature to; found without the planner."""
    feature, value = FEATURES[table.feature], features[table.feature]
    if value is None or table.feature in fixed:
        return []
    if feature.whole:
        candidates = [float(n) for n in range(int(feature.lower), int(feature.upper) + 1)]
    else:
        candidates = [feature.lower, *table.edges]
    if table.feature == "lines":
        candidates = [n for n in candidates if n >= (features["mortgages"] or 0)]
    allowed = [c for c in candidates if (feature.can_fall and c < value) or (feature.can_rise and c > value)]
    return [c for c in allowed if table.bin_of(c) != table.bin_of(value)]


def cheapest_by_trying_everything(
    scorecard: Scorecard, features: dict[str, Value], target: int, fixed: set[str]
) -> tuple[int, int] | None:
    tables = [table for table in scorecard.tables if reachable_values(table, features, fixed)]
    best: tuple[int, int] | None = None
    options = [[features[table.feature], *reachable_values(table, features, fixed)] for table in tables]
    here = [table.bin_of(features[table.feature]) for table in tables]
    for values in product(*options):
        bins = [table.bin_of(value) for table, value in zip(tables, values, strict=True)]
        moved = dict(zip((table.feature for table in tables), values, strict=True))
        if evaluate(scorecard, {**features, **moved}).score >= target:
            moves = [abs(a - b) for a, b in zip(bins, here, strict=True)]
            cost = (sum(move > 0 for move in moves), sum(moves))
            best = cost if best is None else min(best, cost)
    return best


def cost(found: Plan) -> tuple[int, int]:
    return len(found.changes), sum(change.bins for change in found.changes)


@pytest.mark.truth("M6 no change set is cheaper than the plan", "people, every change set tried", n=25)
def test_no_change_set_is_cheaper_than_the_plan(scorecard: Scorecard, create_profiles: Profiles) -> None:
    generator = random.Random(3)  # noqa: S311 (reproducible targets, not secrets)
    outcomes = set()
    for profile in create_profiles(25):
        mortgages = None if profile["mortgages"] is None else min(profile["mortgages"], profile["lines"] or 0)
        person = {**profile, "mortgages": mortgages, "lines": min(profile["lines"] or 0, 20)}
        if mortgages is not None:
            person["lines"] = max(person["lines"] or 0, mortgages)
        fixed = set(generator.sample(sorted(FEATURES), 2)) if generator.random() < 0.3 else set()
        evaluation = evaluate(scorecard, person)
        target = min(850, evaluation.score + generator.randrange(0, 120))
        found = plan(scorecard, person, evaluation, target, fixed)
        cheapest = cheapest_by_trying_everything(scorecard, person, target, fixed)
        outcomes.add(found.why)
        if found.why == "already_there":
            assert cheapest == (0, 0)
        elif found.reachable:
            assert cost(found) == cheapest
        else:
            assert cheapest is None
    assert {"found", "out_of_reach"} <= outcomes


def test_doing_what_the_plan_says_gives_the_score_it_promises(champion: Scorecard) -> None:
    evaluation = evaluate(champion, PERSON)
    for target in range(evaluation.score, 851, 5):
        found = plan(champion, PERSON, evaluation, target)
        done = simulate(champion, PERSON, {change.feature: change.new_value for change in found.changes})
        assert done.score == found.score
        assert found.reachable == (found.score >= target)
        assert sum(change.points_gain for change in found.changes) == done.score - evaluation.score
        assert not {change.feature for change in found.changes} & {"late30", "late60", "late90", "mortgages"}


def test_a_reached_target_needs_no_change(champion: Scorecard) -> None:
    evaluation = evaluate(champion, PERSON)
    found = plan(champion, PERSON, evaluation, evaluation.score)
    assert (found.reachable, found.changes, found.why) == (True, (), "already_there")


def test_out_of_reach_names_everything_that_is_still_lost(scorecard: Scorecard, create_profiles: Profiles) -> None:
    for profile in create_profiles(300):
        evaluation = evaluate(scorecard, profile)
        found = plan(scorecard, profile, evaluation, 850, fixed=["debt_ratio"])
        if found.why != "out_of_reach":
            assert found.obstacles == ()
            continue
        best = sum(max(scorecard.points_along(place, evaluation.bins)) for place in range(len(scorecard.tables)))
        now = sum(scorecard.points_along(place, evaluation.bins)[bin_] for place, bin_ in enumerate(evaluation.bins))
        won = sum(change.points_gain for change in found.changes)
        assert now + won + sum(obstacle.points for obstacle in found.obstacles) == best
        assert [each.points for each in found.obstacles] == sorted((o.points for o in found.obstacles), reverse=True)


def test_late_payments_and_what_was_fixed_stand_in_the_way(champion: Scorecard) -> None:
    found = plan(champion, PERSON, evaluate(champion, PERSON), 850, fixed=["utilisation"])
    obstacles = {obstacle.feature: obstacle.points for obstacle in found.obstacles}
    assert {"late30", "utilisation"} <= obstacles.keys()
    assert "late60" not in obstacles


def test_what_is_fixed_stays(champion: Scorecard) -> None:
    evaluation = evaluate(champion, PERSON)
    found = plan(champion, PERSON, evaluation, 700, fixed=["utilisation"])
    assert "utilisation" not in {change.feature for change in found.changes}


@pytest.mark.parametrize("target", [299, 851])
def test_a_target_off_the_scale_is_refused(champion: Scorecard, target: int) -> None:
    with pytest.raises(ValueError, match="between 300 and 850"):
        plan(champion, PERSON, evaluate(champion, PERSON), target)


def test_a_plan_never_closes_more_accounts_than_are_not_home_loans(champion: Scorecard) -> None:
    owner = {**PERSON, "lines": 14.0, "mortgages": 14.0}
    found = plan(champion, owner, evaluate(champion, owner), 850)
    assert "lines" not in {change.feature for change in found.changes}


def test_a_projection_begins_today_and_ends_where_simulate_is(champion: Scorecard) -> None:
    changes = {"utilisation": 0.2, "debt_ratio": 0.3, "lines": 9}
    clean = {**PERSON, "late30": 0.0}
    projection = project(champion, clean, changes, 18)
    assert projection.today == evaluate(champion, clean)
    assert projection.last == simulate(champion, clean, changes)
    assert [point.month for point in projection.path] == list(range(19))
    assert projection.delta == projection.last.score - projection.today.score


def test_without_a_plan_only_time_works(champion: Scorecard) -> None:
    path = project(champion, PERSON, {}, 36).path
    scores = [point.simulated for point in path]
    assert scores == sorted(scores)
    cleared = evaluate(champion, {**PERSON, "late30": 0.0}).score
    assert scores[WINDOW_MONTHS:] == [cleared] * (37 - WINDOW_MONTHS)


def test_late_payments_leave_one_by_one() -> None:
    assert [late_count(2, 2, month) for month in (1, 11, 12, 23, 24, 36)] == [2, 2, 1, 1, 0, 0]
    assert [late_count(1, 2, month) for month in (1, 23, 24, 25)] == [2, 2, 1, 0]
    assert [late_count(3, 1, month) for month in (1, 24)] == [1, 0]


def test_a_new_late_payment_costs_until_it_leaves(champion: Scorecard) -> None:
    clean = {**PERSON, "late30": 0.0}
    scores = [point.simulated for point in project(champion, clean, {"late30": 1}, 36).path]
    assert scores[1] < scores[0]
    assert scores[WINDOW_MONTHS] == scores[1]
    assert scores[WINDOW_MONTHS + 1] == scores[0]


def test_every_month_has_its_interval(champion: Scorecard) -> None:
    for point in project(champion, PERSON, {"utilisation": 0.1}).path:
        assert point.low <= point.simulated <= point.high


@pytest.mark.parametrize("months", [0, 37])
def test_a_projection_looks_one_to_thirty_six_months_ahead(champion: Scorecard, months: int) -> None:
    with pytest.raises(ValueError, match="months"):
        project(champion, PERSON, {}, months)


def test_a_change_is_held_against_the_answers_it_meets(champion: Scorecard) -> None:
    with pytest.raises(InvalidFeaturesError, match="home loans"):
        simulate(champion, {**PERSON, "lines": 2.0}, {"mortgages": 3})
    with pytest.raises(InvalidFeaturesError, match="home loans"):
        simulate(champion, {**PERSON, "mortgages": 3.0}, {"lines": 2})

"""The trainer, on data it makes itself: traps are seen, shapes come back, the same data give the same bytes."""

from dataclasses import replace

import numpy as np
import pytest

from score_service.domain.artifact import load_scorecard
from score_service.domain.evaluation import evaluate
from score_service.domain.scorecard import Scorecard
from score_service.scripts.train import RECIPES, build
from score_service.scripts.training.additive import Problem
from score_service.scripts.training.artifact import covariance
from score_service.scripts.training.data import Sample
from score_service.scripts.training.gmsc import COLUMNS, DECLARATION, INCOME, OUTCOME, clean
from score_service.scripts.training.link import IDENTITY, Link
from score_service.scripts.training.measures import auc, calibration_error, stratified_folds
from score_service.scripts.training.model import train
from score_service.scripts.training.terms import Floats, code_all

ROWS = 4_000

CREDIT_TERMS = ("utilisation", "late30", "debt_ratio", "lines")


def population() -> dict[str, Floats]:
    """Columns as published, of people whose risk is known: it rises with debt and lateness, and lines are best at 9."""
    generator = np.random.default_rng(5)
    utilisation = generator.beta(0.6, 1.2, ROWS)
    late30 = generator.poisson(0.25, ROWS).astype(np.float64)
    debt_ratio = generator.gamma(2, 0.2, ROWS)
    lines = generator.integers(0, 25, ROWS).astype(np.float64)
    income = np.where(generator.random(ROWS) < 0.15, np.nan, 5_000.0)
    risk = -3 + 2 * utilisation + 0.9 * late30 + 0.8 * debt_ratio + 0.06 * np.abs(lines - 9)
    columns = {
        OUTCOME: (generator.random(ROWS) < 1 / (1 + np.exp(-risk))).astype(np.float64),
        INCOME: income,
        COLUMNS["utilisation"]: utilisation,
        COLUMNS["late30"]: late30,
        COLUMNS["late60"]: np.zeros(ROWS),
        COLUMNS["late90"]: np.zeros(ROWS),
        COLUMNS["debt_ratio"]: np.where(np.isnan(income), 1_700.0, debt_ratio),
        COLUMNS["lines"]: lines,
        COLUMNS["mortgages"]: np.minimum(generator.poisson(0.8, ROWS), lines),
        COLUMNS["age"]: generator.integers(21, 90, ROWS).astype(np.float64),
        COLUMNS["dependents"]: generator.poisson(0.7, ROWS).astype(np.float64),
    }
    columns[COLUMNS["late30"]][:5] = 98
    return columns


@pytest.fixture(scope="module")
def sample() -> Sample:
    return clean(population(), "0" * 64)


@pytest.fixture(scope="module")
def artifact(sample: Sample) -> bytes:
    return build(RECIPES[0], sample, None, replicates=2)


@pytest.fixture(scope="module")
def trained(artifact: bytes) -> Scorecard:
    return load_scorecard(artifact)


@pytest.mark.slow
def test_the_same_data_give_the_same_bytes(sample: Sample, artifact: bytes) -> None:
    assert build(RECIPES[0], sample, None, replicates=2) == artifact


@pytest.mark.slow
def test_true_shapes_come_back(trained: Scorecard) -> None:
    for feature in ("utilisation", "late30", "debt_ratio"):
        table = trained.table(feature)
        assert table.points[0] - table.points[-1] > 40
    lines = trained.table("lines")
    assert lines.points_of(lines.bin_of(9)) == lines.highest
    assert lines.points_of(lines.bin_of(0)) < lines.highest
    assert lines.points_of(lines.bin_of(24)) < lines.highest


@pytest.mark.slow
def test_a_trained_score_ranks_the_people_it_was_made_for(trained: Scorecard, sample: Sample) -> None:
    people = [{name: _or_none(sample.values[name][i]) for name in COLUMNS} for i in range(2_000)]
    scores = np.array([evaluate(trained, person).score for person in people])
    assert auc(sample.bad[:2_000], -scores) > 0.65


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def test_the_gradient_is_the_slope_of_the_loss(sample: Sample) -> None:
    generator = np.random.default_rng(1)
    terms_ = DECLARATION.terms(CREDIT_TERMS)
    weights = generator.integers(0, 3, len(sample)).astype(np.float64)
    corners = DECLARATION.corners(CREDIT_TERMS)
    problem = Problem(terms_, code_all(terms_, sample.values), sample.bad, weights, corners)
    assert problem.pairs
    at = generator.random(problem.size) * 0.02
    link = Link(np.array([-2.0, 0.0, 2.0]), np.array([-3.0, 0.0, 1.0]))
    _, gradient = problem.loss(at, link, (1.0, 1.0))
    for i in generator.integers(0, problem.size, 40):
        step = np.zeros(problem.size)
        step[i] = 1e-6
        above, below = (problem.loss(at + sign * step, link, (1.0, 1.0))[0] for sign in (1, -1))
        assert (above - below) / 2e-6 == pytest.approx(gradient[i], abs=1e-6)


def test_tables_are_centred_on_everyone(sample: Sample) -> None:
    terms_ = DECLARATION.terms(CREDIT_TERMS)
    codes = code_all(terms_, sample.values)
    problem = Problem(terms_, codes, sample.bad, np.ones(len(sample)))
    model = problem.model(np.random.default_rng(2).random(problem.size))
    assert [float(table[code].mean()) for table, code in zip(model.tables, codes, strict=True)] == pytest.approx(
        [0] * 4
    )


def test_what_a_pair_adds_is_open_with_the_answer_that_may_be_unknown(sample: Sample) -> None:
    trained = train(sample, ("late30", "lines", "age"))
    generator = np.random.default_rng(3)
    pairs = tuple(replace(pair, grid=generator.integers(-20, 0, pair.grid.shape)) for pair in trained.points.pairs)
    by_names = {(pair.fit.corners.feature, pair.fit.corners.given): pair.points(trained.codes) for pair in pairs}
    tables = [table[code] for table, code in zip(trained.points.served, trained.codes, strict=True)]
    expected = [
        tables[0] + by_names["late30", "lines"],  # neither may be unknown
        tables[1],
        tables[2] + by_names["age", "late30"] + by_names["lines", "age"],
    ]
    found = covariance(replace(trained, points=replace(trained.points, pairs=pairs)))
    assert found == [pytest.approx(row, abs=1e-3) for row in np.cov(expected)]


def test_the_identity_link_changes_nothing() -> None:
    x = np.linspace(-9, 9, 7)
    assert IDENTITY(x) == pytest.approx(x)


TRAPS: dict[str, tuple[str, float, float]] = {
    "income is missing": (INCOME, np.nan, np.nan),
    "income is the placeholder 1": (INCOME, 1.0, np.nan),
    "income is 0": (INCOME, 0.0, np.nan),
    "income is real": (INCOME, 2.0, 5.0),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_debt_ratio_without_income_is_an_amount_and_unknown(trap: str) -> None:
    column, income, expected = TRAPS[trap]
    columns = population()
    columns[column][10] = income
    columns[COLUMNS["debt_ratio"]][10] = 2_500.0
    ratio = clean(columns, "").values["debt_ratio"][5]  # five coded rows stand before it
    assert ratio == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("utilisation", "known"), [(0.9999999, True), (1.9, True), (2.0, True), (2.01, False), (50_000.0, False)]
)
def test_utilisation_beyond_twice_the_limit_is_unknown(utilisation: float, known: bool) -> None:
    columns = population()
    columns[COLUMNS["utilisation"]][10] = utilisation
    cleaned = clean(columns, "").values["utilisation"][5]
    assert cleaned == utilisation if known else np.isnan(cleaned)


def test_coded_rows_are_dropped_and_counted(sample: Sample) -> None:
    assert sample.rows_dropped == 5
    assert len(sample) == ROWS - 5
    assert sample.values["late30"].max() < 20


def test_age_zero_is_unknown_and_never_young() -> None:
    columns = population()
    columns[COLUMNS["age"]][10] = 0
    assert np.isnan(clean(columns, "").values["age"][5])


def test_folds_share_both_outcomes_evenly(sample: Sample) -> None:
    folds = stratified_folds(sample.bad)
    for outcome in (0, 1):
        sizes = np.bincount(folds[sample.bad == outcome])
        assert sizes.max() - sizes.min() <= 1


def test_folds_are_those_of_the_published_comparisons() -> None:
    # StratifiedKFold(5, shuffle=True, random_state=42) of scikit-learn 1.9 on these twenty outcomes.
    bad = np.array([1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0])
    assert stratified_folds(bad).tolist() == [1, 0, 0, 4, 2, 1, 1, 2, 4, 4, 3, 3, 0, 0, 3, 3, 2, 1, 4, 2]


def _auc_by_pairs(bad: np.ndarray, risk: np.ndarray) -> float:
    pairs = [(r > s) + 0.5 * (r == s) for r in risk[bad == 1] for s in risk[bad == 0]]
    return float(np.mean(pairs))


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    generator = np.random.default_rng(4)
    bad = (generator.random(80) < 0.3).astype(np.int64)
    risk = np.round(generator.random(80), 1)
    assert auc(bad, risk) == pytest.approx(_auc_by_pairs(bad, risk))


@pytest.mark.parametrize(("shift", "error"), [(0.0, 0.0), (0.1, 0.1)])
def test_calibration_error_is_the_mean_gap(shift: float, error: float) -> None:
    bad = np.tile([1, 0, 0, 0], 1_000)
    assert calibration_error(bad, np.full(4_000, 0.25 + shift)) == pytest.approx(error, abs=1e-12)

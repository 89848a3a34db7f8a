"""Pairs of features: every point has an owner, a worse answer never helps, and what would break that is refused."""

import json
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from score_service.domain.artifact import ArtifactError, load_scorecard
from score_service.domain.evaluation import evaluate
from score_service.domain.pairs import keeps_shape
from score_service.domain.scorecard import Pair, Scorecard, Shape, Table
from score_service.scripts.train import RECIPES, SCORECARDS
from score_service.scripts.training.pairs import PairFit, beyond
from score_service.scripts.training.terms import Corners, Term
from score_service.scripts.training.whole_pairs import whole_pair
from tests.unit.score_service.conftest import Profiles

Document = dict[str, Any]


@pytest.fixture(scope="module", params=RECIPES, ids=lambda recipe: recipe.version)
def document(request: pytest.FixtureRequest) -> Document:
    read: Document = json.loads((SCORECARDS / f"{request.param.version}.json").read_bytes())
    return read


@pytest.fixture
def paired(document: Document) -> Scorecard:
    return load_scorecard(json.dumps(document).encode())


def test_a_pairs_points_are_those_of_its_feature(paired: Scorecard, create_profiles: Profiles) -> None:
    touched = set()
    for profile in create_profiles(2_000):
        evaluation = evaluate(paired, profile)
        own = [table.points_of(bin_) for table, bin_ in zip(paired.tables, evaluation.bins, strict=True)]
        for pair in paired.pairs:
            added = pair.points[evaluation.bins[pair.given_position]][evaluation.bins[pair.position]]
            own[pair.position] += added
            if added:
                touched.add(pair.feature)
        assert tuple(own) == evaluation.points
    assert touched == {pair.feature for pair in paired.pairs} != set()


def test_what_a_bin_is_worth_is_what_moving_there_does_to_the_score(
    paired: Scorecard, create_profiles: Profiles
) -> None:
    def total(features: dict[str, float | None]) -> int:
        evaluation = evaluate(paired, features)
        return evaluation.base_points + sum(evaluation.points)

    for profile in create_profiles(60):
        evaluation = evaluate(paired, profile)
        for position, table in enumerate(paired.tables):
            worth = paired.points_along(position, evaluation.bins)
            for edge in table.edges:
                moved = total({**profile, table.feature: edge}) - total(profile)
                assert moved == worth[table.bin_of(edge)] - worth[evaluation.bins[position]]


def test_a_table_reaches_as_far_as_its_pairs_let_it(paired: Scorecard) -> None:
    for position, table in enumerate(paired.tables):
        own = [pair for pair in paired.pairs if pair.position == position]
        earned = [
            points + sum(row[bin_] for row in rows)
            for bin_, points in enumerate(table.points)
            for rows in product(*(pair.points for pair in own))
        ]
        assert (table.lowest, table.highest) == (min(earned), max(earned))


def spoil_pair(key: str, change: Callable[[Any], Any]) -> Callable[[Document], None]:
    def spoil(document: Document) -> None:
        document["pairs"][0][key] = change(document["pairs"][0][key])

    return spoil


def rising(grid: list[list[int]]) -> list[list[int]]:
    return [[points + 300 * column * any(row) for column, points in enumerate(row)] for row in grid]


def charge_the_best(grid: list[list[int]]) -> list[list[int]]:
    """Late payments come first in the files, and the best answer to them first in their tables."""
    return [[points - (column == 0) for column, points in enumerate(row)] for row in grid]


def pair_two_that_a_plan_moves(document: Document) -> None:
    document["pairs"] = [
        {
            "feature": "utilisation",
            "given": "lines",
            "edges": [],
            "given_edges": [],
            "points": [[0, 0]],
            "frequencies": [[1.0, 0.0]],
        }
    ]


def reward_silence(document: Document) -> None:
    pair = next(pair for pair in document["pairs"] if pair["feature"] == "debt_ratio")
    pair["points"][0][-1] = max(pair["points"][0]) + 1


DAMAGES: dict[str, tuple[str, Callable[[Document], None]]] = {
    "a late payment that pays": ("must be falling", spoil_pair("points", rising)),
    "a pair twice": ("one pair at most", lambda document: document["pairs"].append(document["pairs"][0])),
    "an edge of no table": ("edges of the tables", spoil_pair("given_edges", lambda e: [e[0] + 0.5, *e[1:]])),
    "a row too few": ("too few", spoil_pair("points", lambda grid: grid[1:])),
    "a share too few": ("too few", spoil_pair("frequencies", lambda grid: [row[1:] for row in grid])),
    "half a point": ("whole numbers", spoil_pair("points", lambda grid: [[p + 0.5 for p in row] for row in grid])),
    "shares beyond 1": ("sum to 1", spoil_pair("frequencies", lambda grid: [[s / 2 for s in row] for row in grid])),
    "two that a plan moves": ("a plan may move", pair_two_that_a_plan_moves),
    "silence that pays": ("unknown must not earn more", reward_silence),
    "points off for the best answer": ("at its best", spoil_pair("points", charge_the_best)),
    "other points": ("golden vector", spoil_pair("points", lambda grid: [[p - (p < -9) for p in row] for row in grid])),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_to_a_pair_is_refused_by_the_check_it_breaks(document: Document, damage: str) -> None:
    message, spoil = DAMAGES[damage]
    spoiled = json.loads(json.dumps(document))
    spoil(spoiled)
    with pytest.raises(ArtifactError, match=message):
        load_scorecard(json.dumps(spoiled).encode())


LATE = Term("late30", Shape.FALLING, None, np.array([1.0, 2.0, 3.0]))
LINES = Term("lines", Shape.PEAKED, 9.0, np.array([2.0, 6.0, 9.0, 10.0, 15.0]))
CORNERS = Corners("late30", "lines", (1.0, 2.0), (2.0, 6.0, 10.0, 15.0))


def table_of(term: Term, points: np.ndarray) -> Table:
    known = tuple(int(p) for p in points[:-1])
    shares = (1.0, *[0.0] * len(known))
    return Table(
        term.feature, term.shape, term.peak, tuple(term.edges.tolist()), known, None, None, shares, 0, min(known),
        max(known),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_prices_rounding_never_lets_a_worse_answer_help(seed: int) -> None:
    generator = np.random.default_rng(seed)
    people = [generator.integers(0, len(term.edges) + 1, 500) for term in (LATE, LINES)]
    late, lines = (np.bincount(codes) / 500 for codes in people)
    fit = PairFit(0, 1, CORNERS, beyond(LINES, CORNERS.given_edges, lines), beyond(LATE, CORNERS.edges, late))
    prices = generator.integers(0, 9, fit.size).astype(np.float64)
    # Tables with no slack at all: every step that a pair takes back has to come from the pair's own costs.
    tables = [np.zeros(len(term.edges) + 2, dtype=np.int64) for term in (LATE, LINES)]
    points = whole_pair(fit, prices, tables, tuple(people))
    grid = tuple(tuple(row) for row in points.grid[:-1, :-1].tolist())
    pair = Pair("late30", "lines", (), (), grid, 0, 1, grid)
    assert keeps_shape(table_of(LATE, tables[0]), 0, [pair])
    assert keeps_shape(table_of(LINES, tables[1]), 1, [pair])
    assert any(p != 0 for row in grid for p in row)
    one_more = tuple(tuple(p + 1 + column * 99 for column, p in enumerate(row)) for row in grid)
    assert not keeps_shape(table_of(LATE, tables[0]), 0, [Pair("late30", "lines", (), (), one_more, 0, 1, one_more)])

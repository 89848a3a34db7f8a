"""`GET /scores/admin/distribution` and `/drift`: everybody counted once, in SQL, as the domain would count them."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from score_service.core.settings import SCORECARDS
from score_service.crud.population import count_bins, count_scores_of_some
from score_service.domain.bands import Band, band_of
from score_service.domain.evaluation import evaluate
from score_service.domain.features import FEATURES as DECLARED
from score_service.domain.features import Value
from score_service.domain.scorecard import Scorecard, Table
from score_service.services.scorecards import load_scorecards
from service_kit.database import driver_url
from tests.integration.score_service.borrower import FEATURES, Borrower
from tests.support.callers import Caller
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually

CHAMPION, CHALLENGER = "gmsc-7f-2026.11.2", "gmsc-9f-2026.11.3"
LOADED = load_scorecards(SCORECARDS, CHAMPION, CHALLENGER)
Profile = dict[str, Value]

INSERT = """
    INSERT INTO current_scores
        (user_id, version, calculated_at, score, first_score, inputs, explanation, recommendations)
    SELECT gen_random_uuid(), 1, now(), (e->>'score')::int, (e->>'score')::int, e->'inputs',
           json_build_object('model_version', e->>'model'), '[]'
    FROM jsonb_array_elements(%s::jsonb) AS each(e)
"""


class Population:
    """A score service of its own, with exactly the people a test puts there."""

    def __init__(self, service: RunningService, admin: Caller) -> None:
        self.service, self.admin = service, admin

    def add(self, profiles: Iterable[Profile], version: str = CHAMPION) -> list[int]:
        scorecard = LOADED.by_version[version]
        people = [
            {"inputs": profile, "score": evaluate(scorecard, profile).score, "model": version} for profile in profiles
        ]
        self.service.sql(INSERT, json.dumps(people))
        return [each["score"] for each in people]

    def ask(self, what: str, **params: str) -> dict[str, Any]:
        answer = self.service.client.get(f"/scores/admin/{what}", params=params, headers=self.admin.headers)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


@pytest.fixture
def population(run_service: RunService, new_admin: Callable[[], Caller]) -> Population:
    return Population(run_service("score_service"), new_admin())


def at_every_edge(table: Table) -> list[Value]:
    """The edges, what lies just beside them, the bounds, and nothing at all."""
    beside = [edge + step for edge in table.edges for step in (-1e-9, 0.0, 1e-9)]
    bounds: list[Value] = [DECLARED[table.feature].lower, DECLARED[table.feature].upper]
    return [*beside, *bounds, *([None] if DECLARED[table.feature].nullable else [])]


def alike(scorecard: Scorecard, people: int, seed: int = 5) -> list[Profile]:
    """People drawn from the shares of the training population, one feature at a time."""
    generator = random.Random(seed)  # noqa: S311 - reproducible people, not secrets

    def draw(table: Table) -> list[Value]:
        starts: list[Value] = [DECLARED[table.feature].lower, *table.edges, None]
        return generator.choices(starts, table.frequencies, k=people)

    drawn = {table.feature: draw(table) for table in scorecard.tables}
    return [{feature: values[i] for feature, values in drawn.items()} for i in range(people)]


def test_people_are_counted_by_band_by_fifty_points_and_by_model(population: Population) -> None:
    profiles = alike(LOADED.champion, 400)
    by_champion = population.add(profiles)
    by_challenger = population.add(profiles[:100], CHALLENGER)
    scores = by_champion + by_challenger
    answer = population.ask("distribution")
    assert answer["people"] == 500
    assert answer["mean_score"] == pytest.approx(sum(scores) / 500)
    bands = Counter(band_of(score) for score in scores)
    assert {each["band"]: each["people"] for each in answer["bands"]} == {band: bands[band] for band in Band}
    assert [each["from"] for each in answer["scores"]] == list(range(300, 801, 50))
    for each in answer["scores"]:
        assert each["people"] == sum(each["from"] <= score <= each["to"] for score in scores)
    for cells in (answer["bands"], answer["scores"], answer["model_versions"]):
        assert sum(each["people"] for each in cells) == 500
        assert sum(each["share"] for each in cells) == pytest.approx(1)
    assert [(each["model_version"], each["people"]) for each in answer["model_versions"]] == [
        (CHAMPION, 400),
        (CHALLENGER, 100),
    ]


def test_nobody_is_a_population_too(population: Population) -> None:
    answer = population.ask("distribution")
    assert (answer["people"], answer["mean_score"], answer["model_versions"]) == (0, None, [])
    assert {each["share"] for each in answer["bands"] + answer["scores"]} == {0}
    drift = population.ask("drift")
    assert {(each["people"], each["verdict"]) for each in [drift["score"], *drift["features"]]} == {(0, None)}


@pytest.mark.parametrize("version", [CHAMPION, CHALLENGER])
def test_sql_finds_the_bins_that_evaluation_finds(population: Population, version: str) -> None:
    scorecard = LOADED.by_version[version]
    usual: Profile = {**FEATURES, "age": 40.0, "dependents": 1.0}
    profiles = [{**usual, table.feature: value} for table in scorecard.tables for value in at_every_edge(table)]
    population.add(profiles, version)
    population.add([FEATURES], version)  # age and dependents absent
    evaluations = [evaluate(scorecard, profile) for profile in [*profiles, FEATURES]]
    answer = population.ask("drift", model_version=version)
    for i, (table, found) in enumerate(zip(scorecard.tables, answer["features"], strict=True)):
        counted = Counter(each.bins[i] for each in evaluations)
        assert [cell["people"] for cell in found["cells"]] == [counted[j] for j in range(len(table.frequencies))]
    tenths = Counter(scorecard.decile_of(each.score) for each in evaluations)
    assert [cell["people"] for cell in answer["score"]["cells"]] == [tenths[j] for j in range(10)]


def test_people_like_those_it_learned_from_are_stable_and_others_are_not(population: Population) -> None:
    population.add(alike(LOADED.champion, 3_000))
    answer = population.ask("drift")
    assert (answer["model_version"], answer["score"]["people"]) == (CHAMPION, 3_000)
    assert {each["verdict"] for each in answer["features"]} == {"stable"}
    population.add([{**profile, "utilisation": 1.5} for profile in alike(LOADED.champion, 3_000, seed=6)])
    verdicts = {each["feature"]: each["verdict"] for each in population.ask("drift")["features"]}
    assert verdicts.pop("utilisation") == "shifted"
    assert set(verdicts.values()) == {"stable"}


def test_a_handful_of_odd_people_is_chance(population: Population) -> None:
    population.add([{**FEATURES, "utilisation": 0.04, "late30": 0.0}] * 3)
    for each in population.ask("drift")["features"]:
        assert each["people"] == 3
        assert each["verdict"] == "stable"


def test_a_large_population_is_sampled(population: Population) -> None:
    population.add(alike(LOADED.champion, 3_000))
    edges = {table.feature: table.edges for table in LOADED.champion.tables}

    async def sampled() -> dict[str, list[int]]:
        engine = create_async_engine(driver_url(population.service.database_url, "asyncpg"))
        async with engine.connect() as connection:
            counted = await count_bins(connection, edges, 50.0)
        await engine.dispose()
        return counted

    counts = asyncio.run(sampled())
    assert len({sum(each) for each in counts.values()}) == 1
    assert 0 < sum(counts["lines"]) < 3_000


def test_scores_of_another_model_are_not_compared(population: Population) -> None:
    population.add([FEATURES] * 10, CHALLENGER)
    answer = population.ask("drift")
    assert (answer["score"]["people"], answer["score"]["verdict"]) == (0, None)
    assert {each["people"] for each in answer["features"]} == {10}


@pytest.mark.parametrize(("people", "among"), [(999, "training"), (1_000, "people")])
def test_from_a_thousand_people_on_a_score_stands_among_them(
    population: Population, run_service: RunService, borrower: Borrower, people: int, among: str
) -> None:
    scores = population.add(alike(LOADED.champion, people))
    population.add([FEATURES] * 1_500, CHALLENGER)  # whose scores mean other things
    replica = run_service("score_service", population.service.database_url)
    person = replace(borrower, service=replica)
    score = eventually(lambda: found if (found := person.calculate())["percentile_among"] == among else None)
    assert score is not None
    lower = 100 * sum(each < score["current_score"] for each in scores) / people
    learned_from = evaluate(LOADED.champion, FEATURES).percentile
    assert score["percentile"] == (pytest.approx(lower, abs=1) if among == "people" else learned_from)
    assert abs(lower - learned_from) > 1
    assert person.get().json() == {name: value for name, value in score.items() if name != "ignored"}


def test_a_score_from_before_this_was_said_stands_among_the_training_population(borrower: Borrower) -> None:
    borrower.calculate()
    borrower.service.sql(
        "UPDATE current_scores SET explanation = (explanation::jsonb - 'percentile_among')::json WHERE user_id = %s",
        borrower.user_id,
    )
    assert borrower.get().json()["percentile_among"] == "training"


def test_some_of_a_large_population_are_counted(population: Population) -> None:
    population.add(alike(LOADED.champion, 3_000))
    population.service.sql("ANALYZE current_scores")

    async def sampled() -> int:
        engine = create_async_engine(driver_url(population.service.database_url, "asyncpg"))
        async with engine.connect() as connection:
            counted = sum(row.people for row in await count_scores_of_some(connection, 1_500))
        await engine.dispose()
        return counted

    assert 0 < asyncio.run(sampled()) < 3_000


def test_a_real_calculation_is_counted(borrower: Borrower, new_admin: Callable[[], Caller]) -> None:
    headers = new_admin().headers
    people = borrower.service.client.get("/scores/admin/distribution", headers=headers).json()["people"]
    borrower.calculate()
    borrower.calculate(late30=0)
    after = borrower.service.client.get("/scores/admin/distribution", headers=headers).json()
    assert after["people"] == people + 1
    assert CHAMPION in {each["model_version"] for each in after["model_versions"]}


def test_a_scorecard_nobody_knows_is_not_there(borrower: Borrower, new_admin: Callable[[], Caller]) -> None:
    answer = borrower.service.client.get(
        "/scores/admin/drift", params={"model_version": "x"}, headers=new_admin().headers
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "model_not_found")


@pytest.mark.parametrize("what", ["distribution", "drift"])
def test_counting_people_is_for_administrators(borrower: Borrower, what: str) -> None:
    path = f"/scores/admin/{what}"
    assert borrower.service.client.get(path, headers=borrower.caller.headers).status_code == 403
    assert borrower.service.client.get(path).status_code == 401

"""Every point is accounted for, worse answers never help, and the same answers give the same score."""

import json
import random
from hashlib import sha256
from itertools import pairwise

import numpy as np
import pytest

from score_service.domain.artifact import load_scorecard
from score_service.domain.evaluation import THIN_FILE, evaluate
from score_service.domain.features import FEATURES, IncompleteError
from score_service.domain.scorecard import Scorecard, Shape
from score_service.domain.simulation import simulate
from tests.unit.score_service.conftest import MOST_PROFILES, Profiles

TYPICAL = {
    "utilisation": 0.3, "late30": 0.0, "late60": 0.0, "late90": 0.0, "debt_ratio": 0.35, "lines": 8.0, "mortgages": 1.0,
}  # fmt: skip

# Of everything that the seeded profiles are given, profile by profile; a file that was published keeps its own.
GOLDEN = {
    "gmsc-7f-2026.11": "244b51feb75b0e335554fc7a0661ad697d7f9fad7eac39c19c3395b6e671fe9b",
    "gmsc-7f-2026.11.2": "ee9024b6b5b080139eeb9c0bed9197a96808c50a48617452a4078092cadedd89",
    "gmsc-9f-2026.11": "7b2cb5b8dcf3a2ca3ead602ef2e7d4beb3bb809931eb510cc7535c60912cdadf",
    "gmsc-9f-2026.11.3": "e2247cbc8e991ea828c23e3f21b3b028e06428032212da8804bcd8b37c24f35b",
}


@pytest.mark.truth("M2 base + points = score", "profiles", n=MOST_PROFILES)
def test_base_and_points_are_the_score_for_every_profile(
    raw: bytes, scorecard: Scorecard, create_profiles: Profiles
) -> None:
    profiles = create_profiles(MOST_PROFILES)
    document = json.loads(raw)
    expected = np.full(MOST_PROFILES, document["base_points"])
    for table in document["tables"]:
        # Read from the file and looked up by numpy: nothing of the evaluation under test takes part.
        values = np.array([p[table["feature"]] for p in profiles], dtype=np.float64)
        bins = np.searchsorted(table["edges"], values, side="right")
        points = np.array([*table["points"], 0])
        unknown = table["missing_points"]
        expected += np.where(np.isnan(values), 0 if unknown is None else unknown, points[bins])
    for pair in document.get("pairs", ()):
        names, edges = (pair["given"], pair["feature"]), (pair["given_edges"], pair["edges"])
        columns = [np.array([p[name] for p in profiles], dtype=np.float64) for name in names]
        places = [np.searchsorted(cut, column, side="right") for cut, column in zip(edges, columns, strict=True)]
        # numpy sorts NaN behind every edge, so unknown, which stands last, is one place further.
        row, column = (place + np.isnan(values) for place, values in zip(places, columns, strict=True))
        expected += np.array(pair["points"])[row, column]
    evaluations = [evaluate(scorecard, profile) for profile in profiles]
    assert [e.score for e in evaluations] == np.clip(expected, 300, 850).tolist()
    assert all(e.score == min(max(e.base_points + sum(e.points), 300), 850) for e in evaluations)


@pytest.mark.slow
def test_what_a_published_scorecard_gives_never_changes(scorecard: Scorecard, create_profiles: Profiles) -> None:
    digest = sha256()
    for profile in create_profiles(MOST_PROFILES):
        each = evaluate(scorecard, profile)
        line = (each.score, each.bins, each.points, each.flags, each.interval, each.percentile)
        digest.update(f"{line} {each.probability_of_default!r} {each.confidence!r}\n".encode())
    assert digest.hexdigest() == GOLDEN[scorecard.version], "a published scorecard gives other scores than it gave"


def test_every_scorecard_has_its_golden_digest(scorecard: Scorecard) -> None:
    assert scorecard.version in GOLDEN, "a scorecard that is new needs the digest of what it gives"


@pytest.mark.truth("M3 a worse answer never scores higher", "pairs", n=MOST_PROFILES)
def test_a_worse_answer_never_scores_higher(scorecard: Scorecard, create_profiles: Profiles) -> None:
    generator = random.Random(7)  # noqa: S311 (reproducible pairs, not secrets)
    tables = [table for table in scorecard.tables if table.feature != "age"]
    for profile in create_profiles(MOST_PROFILES):
        answered = [(table, value) for table in tables if (value := profile[table.feature]) is not None]
        table, value = generator.choice(answered)
        feature = FEATURES[table.feature]
        start = value if table.shape is Shape.FALLING else max(value, table.peak or 0)
        worse = start + (feature.upper - start) * generator.random()
        better = evaluate(scorecard, {**profile, table.feature: start}).score
        assert evaluate(scorecard, {**profile, table.feature: worse}).score <= better


@pytest.mark.truth("M3 below its peak a count only gains", "profiles and features", n=400)
def test_below_its_peak_a_count_only_gains(scorecard: Scorecard, create_profiles: Profiles) -> None:
    peaked = [table for table in scorecard.tables if table.shape is Shape.PEAKED]
    assert {table.feature for table in peaked} == {"lines", "mortgages"}
    for table in peaked:
        for profile in create_profiles(200):
            scores = [evaluate(scorecard, {**profile, table.feature: n}).score for n in range(int(table.peak or 0) + 1)]
            assert scores == sorted(scores)


@pytest.mark.truth("M5 age never counts against the elderly", "profiles, every age", n=300)
def test_no_one_has_fewer_points_for_being_older(challenger: Scorecard, create_profiles: Profiles) -> None:
    for profile in create_profiles(300):
        scores = [evaluate(challenger, {**profile, "age": age}).score for age in range(18, 111)]
        assert scores == sorted(scores)


def test_the_champion_sees_neither_age_nor_dependents_nor_income(champion: Scorecard) -> None:
    assert set(champion.feature_names) == set(TYPICAL)


@pytest.mark.truth("M4 simulating no change is the score", "profiles", n=2_000)
def test_simulating_no_change_is_the_score(scorecard: Scorecard, create_profiles: Profiles) -> None:
    for profile in create_profiles(2_000):
        assert simulate(scorecard, profile, {}) == evaluate(scorecard, profile)


@pytest.mark.truth("M4 a replay gives what was stored", "profiles", n=2_000)
def test_a_replay_from_the_stored_bytes_gives_the_same_evaluation(
    raw: bytes, scorecard: Scorecard, create_profiles: Profiles
) -> None:
    again = load_scorecard(raw)
    assert again.sha256 == scorecard.sha256
    for profile in create_profiles(2_000):
        stored = json.loads(json.dumps(profile))
        assert evaluate(again, stored) == evaluate(scorecard, profile)


def test_inputs_are_never_rounded(scorecard: Scorecard) -> None:
    edge = next(edge for edge in scorecard.table("utilisation").edges if edge == 1.0)
    below = evaluate(scorecard, {**TYPICAL, "utilisation": 0.9999999})
    at = evaluate(scorecard, {**TYPICAL, "utilisation": edge})
    assert below.score > at.score


@pytest.mark.parametrize("name", ["utilisation", "late30", "late60", "late90", "lines"])
def test_a_required_answer_nobody_gave_is_named_instead_of_scored(scorecard: Scorecard, name: str) -> None:
    answers = {key: value for key, value in TYPICAL.items() if key != name}
    with pytest.raises(IncompleteError) as refused:
        evaluate(scorecard, answers)
    assert refused.value.missing == (name,)


@pytest.mark.parametrize("name", ["late30", "late60", "late90", "lines"])
def test_null_is_no_answer_to_a_count(scorecard: Scorecard, name: str) -> None:
    with pytest.raises(IncompleteError) as refused:
        evaluate(scorecard, {**TYPICAL, name: None})
    assert refused.value.missing == (name,)


def test_every_missing_answer_is_named_at_once(scorecard: Scorecard) -> None:
    with pytest.raises(IncompleteError) as refused:
        evaluate(scorecard, {"late60": 0})
    assert refused.value.missing == ("utilisation", "late30", "late90", "lines")


def test_leaving_an_answer_out_earns_at_most_what_was_learned_and_what_people_earn_on_average(
    scorecard: Scorecard,
) -> None:
    for table in scorecard.tables:
        if table.missing_points is not None and table.learned_missing_points is not None:
            earned = (*table.points, table.learned_missing_points)
            mean = sum(points * share for points, share in zip(earned, table.frequencies, strict=True))
            assert table.missing_points <= min(mean, table.learned_missing_points)


def test_absent_and_null_are_the_same_for_an_optional_answer(scorecard: Scorecard) -> None:
    silent = {key: value for key, value in TYPICAL.items() if key not in {"debt_ratio", "mortgages"}}
    assert evaluate(scorecard, silent) == evaluate(scorecard, {**silent, "debt_ratio": None, "mortgages": None})


def test_an_unknown_answer_widens_the_interval_and_no_card_does_not(champion: Scorecard) -> None:
    whole = evaluate(champion, TYPICAL)
    unknown = evaluate(champion, {**TYPICAL, "debt_ratio": None})
    assert unknown.confidence < whole.confidence
    no_card = evaluate(champion, {**TYPICAL, "utilisation": None})
    assert no_card.interval[1] - no_card.interval[0] < unknown.interval[1] - unknown.interval[0] + 10


def test_no_open_lines_is_scored_and_flagged_as_a_thin_file(scorecard: Scorecard) -> None:
    assert evaluate(scorecard, {**TYPICAL, "lines": 0.0, "mortgages": 0.0}).flags == (THIN_FILE,)
    assert evaluate(scorecard, TYPICAL).flags == ()


def test_a_higher_score_always_means_less_default_and_more_people_below(
    champion: Scorecard, create_profiles: Profiles
) -> None:
    seen = {e.score: e for e in (evaluate(champion, p) for p in create_profiles(20_000))}
    ordered = [seen[score] for score in sorted(seen)]
    for lower, higher in pairwise(ordered):
        assert lower.probability_of_default > higher.probability_of_default
        assert lower.percentile <= higher.percentile


def test_interval_contains_the_score_and_stays_on_the_scale(scorecard: Scorecard, create_profiles: Profiles) -> None:
    for profile in create_profiles(2_000):
        evaluation = evaluate(scorecard, profile)
        low, high = evaluation.interval
        assert 300 <= low <= evaluation.score <= high <= 850
        assert 0 <= evaluation.confidence <= 1

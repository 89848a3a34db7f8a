"""A scorecard that is not what it claims to be is never served: each check has a damage that only it finds."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from score_service.domain.artifact import ArtifactError, load_scorecard
from score_service.domain.scorecard import Scorecard

Document = dict[str, Any]


def put(*path: Any, value: Any) -> Callable[[Document], None]:
    """Return a damage that sets the entry at `path` to `value`, or to `value(old)`."""

    def damage(document: Document) -> None:
        place: Any = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value(place[path[-1]]) if callable(value) else value

    return damage


def swapped(first: int, second: int) -> Callable[[list[Any]], list[Any]]:
    def swap(items: list[Any]) -> list[Any]:
        items[first], items[second] = items[second], items[first]
        return items

    return swap


UTILISATION, LATE30, DEBT, LINES = 0, 1, 4, 5


def silence_about_lateness(document: Document) -> None:
    document["tables"][LATE30] |= {"missing_points": -9, "learned_missing_points": -9}


DAMAGES: dict[str, tuple[str, Callable[[Document], None]]] = {
    "another format": ("format is not", put("format", value="additive-scorecard/3")),
    "a feature nobody declared": ("is no feature", put("tables", 0, "feature", value="income")),
    "a feature twice": ("its own feature", put("tables", 2, "feature", value="late30")),
    "an edge without points": ("one more bin than edges", put("tables", 0, "edges", value=lambda e: [*e, 1.99])),
    "a bin without frequency": ("one frequency a bin", put("tables", 0, "frequencies", value=lambda f: f[:-1])),
    "edges out of order": ("edges must rise", put("tables", 0, "edges", value=swapped(0, 1))),
    "an edge beyond the bounds": ("inside the bounds", put("tables", LATE30, "edges", -1, value=21.0)),
    "an edge off the grid": ("answers' grid", put("tables", UTILISATION, "edges", 0, value=lambda e: e + 0.003)),
    "a fraction of a point": ("whole number", put("tables", 0, "points", 0, value=lambda p: p + 0.5)),
    "a base of a fraction": ("whole number", put("base_points", value=lambda p: p + 0.5)),
    "late payments that pay": ("points must be falling", put("tables", LATE30, "points", value=swapped(0, 1))),
    "a second peak": ("points must be peaked", put("tables", LINES, "points", -1, value=99)),
    "a peak that moved": (
        "must be peaked|zero where either answer is at its best",
        put("tables", LINES, "peak", value=0.0),
    ),
    "no peak": ("must be peaked|zero where either answer is at its best", put("tables", LINES, "peak", value=None)),
    "silence that pays": ("more than the mean", put("tables", DEBT, "missing_points", value=15)),
    "silence that pays more than learned": (
        "was learned",
        put("tables", UTILISATION, "learned_missing_points", value=-60),
    ),
    "points for silence about late payments": ("nullable", silence_about_lateness),
    "no points for no card": ("nullable", put("tables", UTILISATION, "missing_points", value=None)),
    "an unknown late count": ("never unknown", put("tables", LATE30, "frequencies", value=swapped(0, -1))),
    "a share below 0": ("must be shares", put("tables", 0, "frequencies", 0, value=lambda f: f - 1)),
    "frequencies beyond 1": ("sum to 1", put("tables", 0, "frequencies", 0, value=lambda f: f + 0.01)),
    "550 probabilities": ("551 numbers", put("default_probability", value=lambda p: p[:-1])),
    "a probability that does not fall": (
        "must fall",
        put("default_probability", value=lambda p: [*p[:9], p[8], *p[10:]]),
    ),
    "certainty": ("between 0 and 1", put("default_probability", 0, value=1.0)),
    "a band without deviation": ("one number a band", put("model_sd", value=lambda sd: {"poor": sd["poor"]})),
    "no uncertainty": ("model_sd must be positive", put("model_sd", "good", value=0.0)),
    "98 percentiles": ("99 scores", put("percentiles", value=lambda p: p[1:])),
    "percentiles that fall": ("must not fall", put("percentiles", value=swapped(0, -1))),
    "a percentile off the scale": ("must be scores", put("percentiles", -1, value=851)),
    "decile edges out of order": ("decile edges", put("deciles", "edges", value=swapped(0, 1))),
    "a decile too few": ("one decile more", put("deciles", "frequencies", value=lambda f: f[1:])),
    "a decile of nobody": ("must have people", put("deciles", "frequencies", 0, value=0.0)),
    "deciles beyond 1": ("deciles must sum", put("deciles", "frequencies", 0, value=lambda f: f + 0.01)),
    "a training of nobody": ("trained on", put("data", "rows", value=0)),
    "a covariance without a row": ("square", put("points_covariance", value=lambda c: c[1:])),
    "a lopsided covariance": ("symmetric", put("points_covariance", 0, 1, value=lambda c: c + 1)),
    "a negative variance": ("symmetric", put("points_covariance", 0, 0, value=-1.0)),
    "too few golden vectors": ("golden vectors", put("golden", value=lambda g: g[:7])),
    "other points": ("golden vector", put("tables", 0, "points", value=lambda p: [q + 1 for q in p])),
    "another base": ("golden vector", put("base_points", value=lambda p: p + 1)),
    "another probability": ("golden vector", put("golden", 0, "probability_of_default", value=0.5)),
    "a key that is gone": ("malformed", lambda document: document.pop("percentiles")),
    "a table that is a word": ("malformed", put("tables", value=["late30"])),
}


def test_the_committed_artifacts_load(raw: bytes) -> None:
    scorecard = load_scorecard(raw)
    assert scorecard.sha256 == sha256(raw).hexdigest()
    assert len(scorecard.data_sha256) == 64


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_refused_by_the_check_it_breaks(raw: bytes, damage: str) -> None:
    message, spoil = DAMAGES[damage]
    document = json.loads(raw)
    spoil(document)
    with pytest.raises(ArtifactError, match=message):
        load_scorecard(json.dumps(document).encode())


@pytest.mark.parametrize("raw_bytes", [b"", b"{", b"[]", b"null", b"\xff"])
def test_what_is_no_artifact_is_refused(raw_bytes: bytes) -> None:
    with pytest.raises(ArtifactError):
        load_scorecard(raw_bytes)


def test_one_more_space_is_another_artifact(raw: bytes, scorecard: Scorecard) -> None:
    assert load_scorecard(raw + b" ").sha256 != scorecard.sha256

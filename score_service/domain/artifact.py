"""Reading a trained scorecard, and refusing one that is not what it claims to be.

An artifact is a JSON file that never changes once published. It carries its own proof: golden vectors, computed when
it was trained, that evaluation must reproduce to the last digit.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any

from score_service.domain.bands import HIGHEST_SCORE, LOWEST_SCORE, Band
from score_service.domain.evaluation import evaluate
from score_service.domain.features import FEATURES, Feature
from score_service.domain.pairs import keeps_shape, read_pair, with_pairs
from score_service.domain.scorecard import Scorecard, Shape, Table

FORMAT = "additive-scorecard/2"
# Artifacts without pairs stay readable: scores that they gave can be replayed.
_FORMATS = {FORMAT, "additive-scorecard/1"}
_SCORES = HIGHEST_SCORE - LOWEST_SCORE + 1
_GOLDEN_AT_LEAST = 8


class ArtifactError(ValueError):
    """An artifact that must not be served; the message says which promise it breaks."""


def load_scorecard(raw: bytes, features: Mapping[str, Feature] = FEATURES) -> Scorecard:
    """Return the scorecard in `raw`, the bytes of an artifact file, or raise `ArtifactError`.

    Refused are: another format; unknown, repeated or unordered edges or features; points that leave their declared
    shape; unknown-value points above the average answer's; a probability table that is not 551 strictly decreasing
    numbers in (0, 1); frequencies that do not sum to 1; a covariance that is not square and symmetric; golden vectors
    that evaluation does not reproduce. `features` are those of another
    population. `sha256` of the result is that of `raw`, so one changed byte is another card.
    """
    try:
        document = json.loads(raw)
        _expect(document["format"] in _FORMATS, f"format is not {FORMAT}")
        scorecard = _scorecard(document, features, sha256(raw).hexdigest())
        _check_scorecard(scorecard)
        _check_golden(scorecard, document["golden"])
    except ArtifactError:
        raise
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ArtifactError(f"malformed: {error!r}") from error
    return scorecard


def _scorecard(document: Mapping[str, Any], features: Mapping[str, Feature], digest: str) -> Scorecard:
    tables = tuple(_table(entry, features) for entry in document["tables"])
    _expect(len({table.feature for table in tables}) == len(tables) > 0, "every table needs its own feature")
    entries = document.get("pairs", ())
    pairs = tuple(read_pair(entry, tables, features) for entry in entries)
    tables = with_pairs(tables, pairs, entries)
    return Scorecard(
        version=str(document["version"]),
        kind=str(document["kind"]),
        sha256=digest,
        data_sha256=str(document["data"]["sha256"]),
        base_points=_whole(document["base_points"]),
        tables=tables,
        pairs=pairs,
        required=tuple(table.feature for table in tables if features[table.feature].required),
        default_probability=tuple(float(p) for p in document["default_probability"]),
        model_sd={Band(band): float(sd) for band, sd in document["model_sd"].items()},
        points_covariance=tuple(tuple(float(c) for c in row) for row in document["points_covariance"]),
        decile_edges=tuple(_whole(score) for score in document["deciles"]["edges"]),
        decile_frequencies=tuple(float(f) for f in document["deciles"]["frequencies"]),
        trained_on=_whole(document["data"]["rows"]),
        percentiles=tuple(_whole(score) for score in document["percentiles"]),
        card=document["card"],
    )


def _table(entry: Mapping[str, Any], features: Mapping[str, Feature]) -> Table:
    points = tuple(_whole(p) for p in entry["points"])
    missing = entry["missing_points"]
    frequencies = tuple(float(f) for f in entry["frequencies"])
    name = entry["feature"]
    _expect(name in features, f"{name} is no feature")
    _expect(len(points) == len(entry["edges"]) + 1, f"{name}: one more bin than edges is needed")
    _expect(len(frequencies) == len(points) + 1, f"{name}: one frequency a bin and one for unknown are needed")
    learned = None if missing is None else _whole(entry["learned_missing_points"])
    table = Table(
        feature=name,
        shape=Shape(entry["shape"]),
        peak=None if entry["peak"] is None else float(entry["peak"]),
        edges=tuple(float(edge) for edge in entry["edges"]),
        points=points,
        missing_points=None if missing is None else _whole(missing),
        learned_missing_points=learned,
        frequencies=frequencies,
        mean_points=sum(p * f for p, f in zip((*points, learned or 0), frequencies, strict=True)),
        lowest=min(points),
        highest=max(points),
    )
    for promise, kept in _promises(table, features[name]):
        _expect(kept, f"{name}: {promise}")
    return table


def _promises(table: Table, feature: Feature) -> Iterator[tuple[str, bool]]:
    missing, learned, frequencies = table.missing_points, table.learned_missing_points, table.frequencies
    yield "edges must rise", all(a < b for a, b in pairwise(table.edges))
    yield "edges must lie inside the bounds", all(feature.lower < e <= feature.upper for e in table.edges)
    yield "edges must lie on the answers' grid", all(_on_grid(e, feature.step) for e in table.edges)
    yield "exactly a nullable feature has points for unknown", feature.nullable == (missing is not None)
    yield "unknown must not earn more than the mean", missing is None or missing <= table.mean_points
    yield "unknown must not earn more than was learned", missing is None or missing <= (learned or 0)
    yield "a feature that must be given is never unknown", feature.nullable or frequencies[-1] == 0
    yield "frequencies must be shares", all(0 <= f <= 1 for f in frequencies)
    yield "frequencies must sum to 1", math.isclose(sum(frequencies), 1, abs_tol=1e-6)


def _check_scorecard(card: Scorecard) -> None:
    names = card.feature_names
    _expect(len({pair.feature for pair in card.pairs}) == len(card.pairs), "a feature has points of one pair at most")
    for position, table in enumerate(card.tables):
        _expect(keeps_shape(table, position, card.pairs), f"{table.feature}: points must be {table.shape}")
    _expect(len(card.default_probability) == _SCORES, f"default_probability must have {_SCORES} numbers")
    _expect(all(0 < p < 1 for p in card.default_probability), "probabilities must lie between 0 and 1")
    _expect(all(a > b for a, b in pairwise(card.default_probability)), "probabilities must fall as the score rises")
    _expect(set(card.model_sd) == set(Band), "model_sd needs one number a band")
    _expect(all(0 < sd < math.inf for sd in card.model_sd.values()), "model_sd must be positive")
    _expect(len(card.percentiles) == 99, "percentiles must be 99 scores")
    _expect(all(a <= b for a, b in pairwise(card.percentiles)), "percentiles must not fall")
    _expect(all(LOWEST_SCORE <= s <= HIGHEST_SCORE for s in card.percentiles), "percentiles must be scores")
    _expect(all(a < b for a, b in pairwise(card.decile_edges)), "decile edges must rise")
    _expect(len(card.decile_frequencies) == len(card.decile_edges) + 1, "one decile more than edges is needed")
    _expect(all(f > 0 for f in card.decile_frequencies), "every decile must have people")
    _expect(math.isclose(sum(card.decile_frequencies), 1, abs_tol=1e-6), "deciles must sum to 1")
    _expect(card.trained_on > 0, "somebody must have been trained on")
    _check_covariance(card.points_covariance, len(names))


def _check_covariance(covariance: Sequence[Sequence[float]], size: int) -> None:
    _expect(len(covariance) == size and all(len(row) == size for row in covariance), "the covariance must be square")
    symmetric = all(covariance[i][j] == covariance[j][i] for i in range(size) for j in range(i))
    _expect(symmetric and all(covariance[i][i] >= 0 for i in range(size)), "the covariance must be symmetric")


def _check_golden(card: Scorecard, golden: Sequence[Mapping[str, Any]]) -> None:
    _expect(len(golden) >= _GOLDEN_AT_LEAST, f"at least {_GOLDEN_AT_LEAST} golden vectors are needed")
    for number, vector in enumerate(golden):
        result = evaluate(card, vector["features"])
        served = (list(result.points), result.score, result.probability_of_default)
        stored = (vector["points"], vector["score"], vector["probability_of_default"])
        _expect(served == stored, f"golden vector {number} gives {served}, not {stored}")


def _on_grid(value: float, step: float) -> bool:
    return math.isclose(value / step, round(value / step), abs_tol=1e-9)


def _whole(value: object) -> int:
    # json reads 12.0 as a float and true as a bool; neither is a number of points.
    if type(value) is not int:
        raise ArtifactError(f"{value!r} is not a whole number")
    return value


def _expect(kept: bool, promise: str) -> None:
    if not kept:
        raise ArtifactError(promise)

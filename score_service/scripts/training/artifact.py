"""Writing a trained scorecard as the JSON that `domain.artifact.load_scorecard` accepts; same input, same bytes."""

import json
from itertools import combinations
from typing import Any

import numpy as np

from score_service.domain.artifact import FORMAT
from score_service.domain.bands import BAND_FLOORS, HIGHEST_SCORE, LOWEST_SCORE
from score_service.scripts.training.data import Sample
from score_service.scripts.training.model import Trained
from score_service.scripts.training.pair_entry import moves_along, pair_entry
from score_service.scripts.training.terms import Floats
from score_service.scripts.training.whole_pairs import Ints


def document(version: str, trained: Trained, model_sd: dict[str, float], card: dict[str, Any]) -> dict[str, Any]:
    """Return the artifact: tables without empty edges, population figures, golden vectors, and the card."""
    terms, codes, points = trained.terms, trained.codes, trained.points
    scores = points.scores(codes)
    tables = [_table(trained, position) for position in range(len(terms))]
    features = trained.sample.declaration.features
    # A pair of which nothing was learned is left out.
    pairs = [pair_entry(pair, terms, codes, features) for pair in points.pairs if pair.grid.any()]
    probability = points.default_probability
    return {
        "format": FORMAT,
        "version": version,
        "kind": f"monotone additive, {len(terms)} features, {len(pairs)} pairs, learned link",
        "data": {
            "sha256": trained.sample.sha256,
            "rows": len(trained.sample),
            "rows_dropped": trained.sample.rows_dropped,
        },
        "base_points": points.base,
        "tables": tables,
        "pairs": pairs,
        "default_probability": probability.tolist(),
        "model_sd": model_sd,
        "points_covariance": covariance(trained),
        "percentiles": [int(s) for s in np.quantile(scores, np.arange(1, 100) / 100, method="inverted_cdf")],
        "deciles": _deciles(scores),
        "golden": [golden_vector(points.base, tables, pairs, probability, profile) for profile in _profiles(trained)],
        "card": card,
    }


def to_bytes(artifact: dict[str, Any]) -> bytes:
    """Return the artifact as UTF-8 JSON, one entry a line at the top and one list a line below: diffs stay readable."""
    return (json.dumps(artifact, indent=1, ensure_ascii=False) + "\n").encode()


def covariance(trained: Trained) -> list[list[float]]:
    """Return how the points of the features vary together, over people all of whose answers are known.

    A pair's points are open as soon as one of its two answers is: those of open lines by age vary with age, because
    lines are always answered and age may not be. Where both may be unknown they vary with the feature whose they are.
    """
    terms, features = trained.terms, trained.sample.declaration.features
    optional = [not features[term.feature].required for term in terms]
    fits = [pair.fit for pair in trained.points.pairs]
    owners = [
        fit.given_position if optional[fit.given_position] and not optional[fit.position] else fit.position
        for fit in fits
    ]
    known = np.all([code <= len(term.edges) for term, code in zip(terms, trained.codes, strict=True)], axis=0)
    found: list[list[float]] = np.round(np.cov(trained.points.earned(trained.codes, owners)[known].T), 3).tolist()
    return found


def _table(trained: Trained, position: int) -> dict[str, Any]:
    """Drop the edges across which no points move, neither the table's nor a pair's; what they separated is alike."""
    term, codes, points = trained.terms[position], trained.codes[position], trained.points
    table, learned = points.served[position], points.learned[position]
    nullable = trained.sample.declaration.features[term.feature].nullable
    kept = np.flatnonzero((np.diff(table[:-1]) != 0) | moves_along(points.pairs, position, len(term.edges)))
    merged = np.searchsorted(kept, np.arange(len(table) - 1), side="left")
    counts = np.bincount(codes, minlength=len(table))
    frequencies = np.append(np.bincount(merged, counts[:-1], len(kept) + 1), counts[-1]) / len(codes)
    return {
        "feature": term.feature,
        "shape": term.shape.value,
        "peak": term.peak,
        "edges": term.edges[kept].tolist(),
        "points": table[:-1][np.append(kept, len(table) - 2)].tolist(),
        "missing_points": int(table[-1]) if nullable else None,
        "learned_missing_points": int(learned[-1]) if nullable else None,
        "frequencies": np.round(frequencies, 9).tolist(),
    }


def _deciles(scores: Ints) -> dict[str, Any]:
    """Return the scores that end the lower tenths, and the exact share in each; ties may leave fewer than ten."""
    edges = np.unique(np.quantile(scores, np.arange(1, 10) / 10, method="inverted_cdf").astype(np.int64))
    edges = edges[edges < scores.max()]
    counts = np.bincount(np.searchsorted(edges, scores, side="left"), minlength=len(edges) + 1)
    return {"edges": edges.tolist(), "frequencies": np.round(counts / len(scores), 9).tolist()}


def golden_vector(
    base: int,
    tables: list[dict[str, Any]],
    pairs: list[dict[str, Any]],
    probability: Floats,
    features: dict[str, float | None],
) -> dict[str, Any]:
    """Return a profile with its points, worked out by numpy and not by the evaluation it will be held against."""
    points = {}
    for table in tables:
        value = features.get(table["feature"])
        place = _place(table["edges"], value)
        points[table["feature"]] = table["missing_points"] if value is None else table["points"][place]
    for pair in pairs:
        row = _place(pair["given_edges"], features.get(pair["given"]))
        points[pair["feature"]] += pair["points"][row][_place(pair["edges"], features.get(pair["feature"]))]
    score = int(np.clip(base + sum(points.values()), LOWEST_SCORE, HIGHEST_SCORE))
    return {
        "features": features,
        "points": list(points.values()),
        "score": score,
        "probability_of_default": float(probability[score - LOWEST_SCORE]),
    }


def _place(edges: list[float], value: float | None) -> int:
    return -1 if value is None else int(np.searchsorted(edges, value, side="right"))


def _profiles(trained: Trained) -> list[dict[str, float | None]]:
    """Return the typical person and changes that visit both ends of all, each unknown value, and of every feature an
    answer at the middle edge and, of a ratio, the number just below it."""
    features = {term.feature: trained.sample.declaration.features[term.feature] for term in trained.terms}
    values = trained.sample.values
    typical = {name: float(np.nanquantile(values[name], 0.5, method="inverted_cdf")) for name in features}
    changes: list[dict[str, float | None]] = [
        {},
        {name: feature.lower for name, feature in features.items()},
        {name: feature.upper for name, feature in features.items()},
    ]
    for term in trained.terms:
        edge = float(term.edges[len(term.edges) // 2])
        changes.append({term.feature: edge})
        if not features[term.feature].whole:
            changes.append({term.feature: float(np.nextafter(edge, 0))})
        if features[term.feature].nullable:
            changes.append({term.feature: None})
    # Two at their ends at once, where pairs have points.
    for first, second in combinations(features, 2):
        changes.append({first: features[first].upper, second: features[second].upper})
        changes.append({first: features[first].upper, second: features[second].lower})
    return [{**typical, **change} for change in changes]


def band_table(sample: Sample, scores: Ints, probabilities: Floats) -> list[dict[str, Any]]:
    """Return for each band its share of the population and its observed and predicted default rate."""
    ceilings = [*list(BAND_FLOORS.values())[1:], HIGHEST_SCORE + 1]
    rows = [(scores >= floor) & (scores < top) for floor, top in zip(BAND_FLOORS.values(), ceilings, strict=True)]
    return [
        {"band": band.value, "from": floor, **rates(sample, inside, probabilities)}
        for (band, floor), inside in zip(BAND_FLOORS.items(), rows, strict=True)
    ]


def rates(sample: Sample, inside: np.ndarray, probabilities: Floats) -> dict[str, Any]:
    """Return count, share, observed and predicted default rate of the rows `inside`; a rate of nobody is null."""
    count = int(inside.sum())
    observed = round(float(sample.bad[inside].mean()), 4) if count else None
    predicted = round(float(probabilities[inside].mean()), 4) if count else None
    share = round(count / len(sample), 4)
    return {"people": count, "share": share, "observed_default": observed, "predicted_default": predicted}

"""Writing a trained scorecard as the JSON that `domain.artifact.load_scorecard` accepts; same input, same bytes."""

import json
from typing import Any

import numpy as np

from score_service.domain.artifact import FORMAT
from score_service.domain.bands import BAND_FLOORS, HIGHEST_SCORE, LOWEST_SCORE
from score_service.domain.features import FEATURES
from score_service.scripts.training.additive import Codes, Term
from score_service.scripts.training.data import Floats, Sample
from score_service.scripts.training.model import Trained
from score_service.scripts.training.points import Ints


def document(version: str, trained: Trained, model_sd: dict[str, float], card: dict[str, Any]) -> dict[str, Any]:
    """Return the artifact: tables without empty edges, population figures, golden vectors, and the card."""
    terms, codes, points = trained.terms, trained.codes, trained.points
    scores, earned = points.scores(codes), points.earned(codes)
    known = np.all([code <= len(term.edges) for term, code in zip(terms, codes, strict=True)], axis=0)
    columns = zip(terms, points.learned, points.served, codes, strict=True)
    tables = [_table(term, learned, served, code) for term, learned, served, code in columns]
    probability = points.default_probability
    return {
        "format": FORMAT,
        "version": version,
        "kind": f"monotone additive, {len(terms)} features, learned link",
        "data": {
            "sha256": trained.sample.sha256,
            "rows": len(trained.sample),
            "rows_dropped": trained.sample.rows_dropped,
        },
        "base_points": points.base,
        "tables": tables,
        "default_probability": probability.tolist(),
        "model_sd": model_sd,
        "points_covariance": np.round(np.cov(earned[known].T), 3).tolist(),
        "percentiles": [int(s) for s in np.quantile(scores, np.arange(1, 100) / 100, method="inverted_cdf")],
        "deciles": _deciles(scores),
        "golden": [golden_vector(points.base, tables, probability, profile) for profile in _profiles(terms)],
        "card": card,
    }


def to_bytes(artifact: dict[str, Any]) -> bytes:
    """Return the artifact as UTF-8 JSON, one entry a line at the top and one list a line below: diffs stay readable."""
    return (json.dumps(artifact, indent=1, ensure_ascii=False) + "\n").encode()


def _table(term: Term, learned: Ints, table: Ints, codes: Codes) -> dict[str, Any]:
    """Drop the edges across which no points move; what they separated earns the same."""
    kept = np.flatnonzero(np.diff(table[:-1]))
    merged = np.searchsorted(kept, np.arange(len(table) - 1), side="left")
    counts = np.bincount(codes, minlength=len(table))
    frequencies = np.append(np.bincount(merged, counts[:-1], len(kept) + 1), counts[-1]) / len(codes)
    nullable = FEATURES[term.feature].nullable
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
    base: int, tables: list[dict[str, Any]], probability: Floats, features: dict[str, float | None]
) -> dict[str, Any]:
    """Return a profile with its points, worked out by numpy and not by the evaluation it will be held against."""
    points = []
    for table in tables:
        value = features.get(table["feature"])
        position = int(np.searchsorted(table["edges"], value, side="right")) if value is not None else -1
        points.append(table["missing_points"] if value is None else table["points"][position])
    score = int(np.clip(base + sum(points), LOWEST_SCORE, HIGHEST_SCORE))
    return {
        "features": features,
        "points": points,
        "score": score,
        "probability_of_default": float(probability[score - LOWEST_SCORE]),
    }


def _profiles(terms: tuple[Term, ...]) -> list[dict[str, float | None]]:
    """Return profiles that visit both ends, each unknown value, an edge and the number just below it."""
    typical: dict[str, float | None] = {
        "utilisation": 0.3, "late30": 0.0, "late60": 0.0, "late90": 0.0, "debt_ratio": 0.35, "lines": 8.0,
        "mortgages": 1.0, "age": 52.0, "dependents": 0.0,
    }  # fmt: skip
    changes: list[dict[str, float | None]] = [
        {},
        {name: feature.lower for name, feature in FEATURES.items()},
        {name: feature.upper for name, feature in FEATURES.items()},
        {"utilisation": None},
        {"debt_ratio": None, "mortgages": None},
        {"age": None, "dependents": None},
        {"utilisation": 0.9999999},
        {"utilisation": 1.0},
        {"late30": 1.0},
        {"late60": 1.0, "late30": 1.0},
        {"late90": 2.0, "utilisation": 0.95},
        {"lines": 0.0, "mortgages": 0.0},
        {"lines": 20.0, "mortgages": 3.0, "debt_ratio": 1.2},
    ]
    used = [term.feature for term in terms]
    return [{name: {**typical, **change}[name] for name in used} for change in changes]


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

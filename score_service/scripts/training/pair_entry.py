"""Writing a pair of an artifact: the grid of points without rows and columns that say the same as their neighbours."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from score_service.domain.features import Feature
from score_service.scripts.training.terms import Codes, Term
from score_service.scripts.training.whole_pairs import Ints, PairPoints


def moves_along(pairs: tuple[PairPoints, ...], position: int, edges: int) -> NDArray[np.bool_]:
    """Return across which of a term's edges the points of any pair change."""
    moves = np.zeros(edges, dtype=bool)
    for pair in pairs:
        if position == pair.fit.position:
            moves |= np.diff(pair.grid[:, :-1]).any(axis=0)
        elif position == pair.fit.given_position:
            moves |= np.diff(pair.grid[:-1], axis=0).any(axis=1)
    return moves


def pair_entry(
    pair: PairPoints, terms: tuple[Term, ...], codes: tuple[Codes, ...], features: Mapping[str, Feature]
) -> dict[str, Any]:
    """Return the entry of one pair: edges, points by row and column, and the population's share of every cell."""
    own, given = terms[pair.fit.position], terms[pair.fit.given_position]
    kept = np.flatnonzero(moves_along((pair,), pair.fit.position, len(own.edges)))
    kept_given = np.flatnonzero(moves_along((pair,), pair.fit.given_position, len(given.edges)))
    columns, rows = _cells(kept, len(own.edges)), _cells(kept_given, len(given.edges))
    shape = len(kept_given) + 2, len(kept) + 2
    points, counts = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    points[np.ix_(rows, columns)] = pair.grid
    np.add.at(counts, (rows[codes[pair.fit.given_position]], columns[codes[pair.fit.position]]), 1)
    # A feature that must be given has no row or column for unknown.
    cut = np.s_[: shape[0] - (not features[given.feature].nullable), : shape[1] - (not features[own.feature].nullable)]
    return {
        "feature": own.feature,
        "given": given.feature,
        "edges": own.edges[kept].tolist(),
        "given_edges": given.edges[kept_given].tolist(),
        "points": points[cut].tolist(),
        "frequencies": np.round(counts[cut] / counts.sum(), 9).tolist(),
    }


def _cells(kept: Ints, edges: int) -> Ints:
    """Return which row or column each bin of a term falls into, unknown in the last."""
    return np.append(np.searchsorted(kept, np.arange(edges + 1), side="left"), len(kept) + 1)

"""The whole points of a pair, so rounded that a worse answer never helps by a single point."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from score_service.scripts.training.pairs import PairFit
from score_service.scripts.training.terms import Codes, Floats

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class PairPoints:
    """What a feature earns more or less by what another is: a row for each bin of the given one, unknown last."""

    fit: PairFit
    grid: Ints

    def points(self, codes: tuple[Codes, ...]) -> Ints:
        """Return the points of rows given as bins."""
        points: Ints = self.grid[codes[self.fit.given_position], codes[self.fit.position]]
        return points


def whole_pair(pair: PairFit, prices: Floats, tables: list[Ints], codes: tuple[Codes, ...]) -> PairPoints:
    """Return the points of a pair whose prices are whole, and take what either answer costs alone from `tables`.

    *Either* costs what each costs, less once where both are bad: the first two are the tables', which stay as monotone
    as they were, and what is given back is the pair's. With a price of 5 for a late payment or more than ten lines,
    the table of late payments has 5 less from the first on, that of lines 5 less from ten on, and the pair gives 5
    back to those with both.
    """
    both, either = pair.prices(prices)
    alone = {pair.given_position: pair.rows @ either.sum(1), pair.position: pair.columns @ either.sum(0)}
    for position, cost in alone.items():
        tables[position] = tables[position] - np.rint(cost).astype(np.int64)
    grid = np.rint(pair.rows @ (either - both) @ pair.columns.T).astype(np.int64)
    grid[:, -1] = _mean(grid[:, :-1], codes[pair.position])
    grid[-1] = _mean(grid[:-1].T, codes[pair.given_position])
    grid[-1, -1] = min(grid[-1, -1], _mean(grid[-1:, :-1], codes[pair.position])[0])
    return PairPoints(pair, grid)


def _mean(known: Ints, codes: Codes) -> Ints:
    """Return what an unknown answer earns in each row: the mean over everyone whose answer is known, rounded down.

    Whole points that fall from row to row in every column fall in this one too.
    """
    counts = np.bincount(codes, minlength=known.shape[1])[: known.shape[1]]
    means: Ints = np.floor_divide(known @ counts, counts.sum())
    return means

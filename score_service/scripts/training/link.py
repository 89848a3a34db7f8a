"""The learned link: log-odds of repaying as a monotone piecewise-linear function of the additive sum.

Risks do not simply add on the scale of log-odds: a second late payment matters less to someone already in trouble.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from score_service.scripts.training.optimise import Bound, minimise
from score_service.scripts.training.terms import Floats

# Shares of the population at which the link may bend. A third of them lie in the riskiest tenth, which spans more than
# half of the scale.
_KNOTS = np.concatenate(((0, 0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07), np.arange(1, 25) / 24))
_ROUGHNESS = 1e-4
_LEAST_SLOPE = 0.05
# Cells of the grid of knots in one unit of the sum.
_CELLS = 100


@dataclass(frozen=True)
class Link:
    """h: values at knots, straight between and beyond. Knots lie on a grid, so a piece is looked up, not searched."""

    knots: Floats
    values: Floats

    @cached_property
    def _piece_of_cell(self) -> NDArray[np.int64]:
        cells = round((self.knots[-1] - self.knots[0]) * _CELLS)
        middles = self.knots[0] + (np.arange(cells) + 0.5) / _CELLS
        pieces: NDArray[np.int64] = np.searchsorted(self.knots, middles, side="right") - 1
        return pieces

    def with_slope(self, x: Floats) -> tuple[Floats, Floats]:
        """Return h(x) and h'(x)."""
        slopes = np.diff(self.values) / np.diff(self.knots)
        cells = ((x - self.knots[0]) * _CELLS).astype(np.int64)
        piece = self._piece_of_cell[np.clip(cells, 0, len(self._piece_of_cell) - 1)]
        slope = slopes[piece]
        return self.values[piece] + slope * (x - self.knots[piece]), slope

    def __call__(self, x: Floats) -> Floats:
        """Return h(x)."""
        return self.with_slope(x)[0]


IDENTITY = Link(np.array([0.0, 1.0]), np.array([0.0, 1.0]))


def fit_link(x: Floats, bad: NDArray[np.int64]) -> Link:
    """Return the link of least logistic loss on sums `x`, its slopes at least 0.05 and changing gently."""
    knots = np.unique(np.round(np.quantile(x, _KNOTS) * _CELLS)) / _CELLS
    lengths = np.diff(knots)
    # Sums that agree to a thousandth (a tenth of a point) are one: thousands of distinct values instead of all rows.
    sums, group = np.unique(np.round(x, 3), return_inverse=True)
    share = np.bincount(group) / len(x)
    share_good = np.bincount(group, 1.0 - bad) / len(x)
    pieces = _pieces(sums, knots)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        log_odds = parameters[0] + pieces @ parameters[1:]
        residual = share * expit(log_odds) - share_good
        bends = np.diff(parameters[1:])
        gradient = np.concatenate(([residual.sum()], residual @ pieces))
        gradient[2:] += _ROUGHNESS * bends
        gradient[1:-1] -= _ROUGHNESS * bends
        fit = share @ np.logaddexp(0, log_odds) - share_good @ log_odds
        return float(fit + _ROUGHNESS / 2 * (bends @ bends)), gradient

    start = np.concatenate(([knots[0]], np.ones(len(lengths))))
    bounds: list[Bound] = [(None, None), *[(_LEAST_SLOPE, None)] * len(lengths)]
    fitted = minimise(loss, start, bounds)
    return Link(knots, fitted[0] + np.concatenate(([0.0], np.cumsum(fitted[1:] * lengths))))


def _pieces(x: Floats, knots: Floats) -> Floats:
    """Return how much of each x lies in each piece between knots; the outer pieces go on beyond the knots."""
    pieces = np.clip(x[:, None] - knots[:-1], 0, np.diff(knots))
    pieces[:, 0] += np.minimum(x - knots[0], 0)
    pieces[:, -1] += np.maximum(x - knots[-1], 0)
    return pieces

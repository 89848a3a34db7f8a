"""The learned link: log-odds of repaying as a monotone piecewise-linear function of the additive sum.

Risks do not simply add on the scale of log-odds: a second late payment matters less to someone already in trouble.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from score_service.scripts.training.data import Floats

# Half of the knots stand where the bad rows are: the riskiest tenth spans more than half of the scale.
_KNOTS = np.concatenate(((0.0, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05), np.arange(1, 13) / 12))
_ROUGHNESS = 1e-3
_LEAST_SLOPE = 0.05


@dataclass(frozen=True)
class Link:
    """h: values at knots, straight between and beyond them."""

    knots: Floats
    values: Floats

    def with_slope(self, x: Floats) -> tuple[Floats, Floats]:
        """Return h(x) and h'(x)."""
        slopes = np.diff(self.values) / np.diff(self.knots)
        piece = np.clip(np.searchsorted(self.knots, x, side="right") - 1, 0, len(slopes) - 1)
        slope = slopes[piece]
        return self.values[piece] + slope * (x - self.knots[piece]), slope

    def __call__(self, x: Floats) -> Floats:
        """Return h(x)."""
        return self.with_slope(x)[0]


IDENTITY = Link(np.array([0.0, 1.0]), np.array([0.0, 1.0]))


def fit_link(x: Floats, bad: NDArray[np.int64]) -> Link:
    """Return the link of least logistic loss on sums `x`, its slopes at least 0.05 and changing gently."""
    knots = np.unique(np.quantile(x, _KNOTS))
    lengths = np.diff(knots)
    # Column k is the part of x that lies in piece k; the outer pieces go on beyond the knots.
    pieces = np.clip(x[:, None] - knots[:-1], 0, lengths)
    pieces[:, 0] += np.minimum(x - knots[0], 0)
    pieces[:, -1] += np.maximum(x - knots[-1], 0)
    good = 1.0 - bad

    def loss(parameters: Floats) -> tuple[float, Floats]:
        log_odds = parameters[0] + pieces @ parameters[1:]
        residual = (expit(log_odds) - good) / len(x)
        bends = np.diff(parameters[1:])
        gradient = np.concatenate(([residual.sum()], residual @ pieces))
        gradient[2:] += _ROUGHNESS * bends
        gradient[1:-1] -= _ROUGHNESS * bends
        fit = (np.logaddexp(0, log_odds) - good * log_odds).mean()
        return float(fit + _ROUGHNESS / 2 * (bends @ bends)), gradient

    start = np.concatenate(([knots[0]], np.ones(len(lengths))))
    bounds = [(None, None)] + [(_LEAST_SLOPE, None)] * len(lengths)
    options = {"maxiter": 2000, "ftol": 1e-13, "gtol": 1e-8}
    result = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return Link(knots, result.x[0] + np.concatenate(([0.0], np.cumsum(result.x[1:] * lengths))))

"""Minimising a smooth loss inside a box, with the one method both fits use."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from score_service.scripts.training.terms import Floats

Bound = tuple[float | None, float | None]


def minimise(
    loss: Callable[[Floats], tuple[float, Floats]], start: Floats, bounds: Sequence[Bound]
) -> NDArray[np.float64]:
    """Return where `loss`, which gives value and gradient, is least; `ArithmeticError` when L-BFGS-B gives up."""
    result = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 5000, "maxfun": 50_000, "maxcor": 20, "ftol": 1e-10, "gtol": 1e-7},
    )
    if not result.success:
        raise ArithmeticError(f"the fit did not converge: {result.message}")
    return np.asarray(result.x, dtype=np.float64)

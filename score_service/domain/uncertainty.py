"""How far a score may be off: refitting the model would move it, and unknown answers would move it more."""

from collections.abc import Mapping, Sequence
from math import sqrt

from score_service.domain.bands import band_of
from score_service.domain.scorecard import Scorecard

# Between which values an answer lies that names a band, by feature.
Ranges = Mapping[str, tuple[float, float]]
NO_RANGES: Ranges = {}
# Two-sided 90 % of a normal distribution.
_Z90 = 1.6448536269514722


def half_width(scorecard: Scorecard, score: int, unknown: tuple[str, ...] = (), bands: float = 0.0) -> float:
    """Return half the width of the 90 % interval, in points: 1.645 x the root of the sum of all variances.

    They are the model's, that of the answers nobody gave, and that of those given as `bands` (`variance_of_bands`).

    A model deviation of 6 points and nothing unknown give 9.9; a debt ratio nobody gave, worth 15 points either way
    once the other answers are known, gives 26.6. `unknown` names features whose value nobody gave.
    """
    model_variance = scorecard.model_sd[band_of(score)] ** 2
    return _Z90 * sqrt(model_variance + conditional_variance(scorecard, unknown) + bands)


def variance_of_bands(scorecard: Scorecard, bins: Sequence[int], ranges: Ranges) -> float:
    """Return the variance, in points squared, that is left where an answer names a band and no number.

    It is the mean square of what other values of the band would earn more or less than the one that was scored, each
    bin weighing as much as it has people: a band over two bins of as many people, one worth 20 points less than the
    other, which was scored, leaves (0 + 400) / 2 = 200. Bands are taken for independent of each other.
    """
    return sum(
        _variance_of_band(scorecard, position, bins, ranges[table.feature])
        for position, table in enumerate(scorecard.tables)
        if table.feature in ranges and bins[position] != table.missing_bin
    )


def _variance_of_band(scorecard: Scorecard, position: int, bins: Sequence[int], ends: tuple[float, float]) -> float:
    table, worth = scorecard.tables[position], scorecard.points_along(position, bins)
    first, last = map(table.bin_of, ends)
    # In a bin nobody of the population may have been; a band of such bins only is weighed evenly.
    shares = [table.frequencies[bin_] or 1e-9 for bin_ in range(first, last + 1)]
    squares = [(worth[bin_] - worth[bins[position]]) ** 2 for bin_ in range(first, last + 1)]
    return sum(share * square for share, square in zip(shares, squares, strict=True)) / sum(shares)


def conditional_variance(scorecard: Scorecard, unknown: tuple[str, ...]) -> float:
    """Return the variance, in points squared, of the unknown features' points once the known ones are given.

    For covariance blocks of unknown (u) and known (k) points this is the sum of all entries of
    `C_uu - C_uk C_kk^-1 C_ku`: points with variance 225, correlated 0.6 with the one known table, leave
    225 x (1 - 0.36) = 144.
    """
    names = scorecard.feature_names
    inside = [i for i, name in enumerate(names) if name in unknown]
    known = [i for i, name in enumerate(names) if name not in unknown]
    covariance = scorecard.points_covariance
    total = sum(covariance[i][j] for i in inside for j in inside)
    shared = [sum(covariance[i][k] for i in inside) for k in known]
    weights = _solve([[covariance[i][j] for j in known] for i in known], shared)
    return max(0.0, total - sum(weight * value for weight, value in zip(weights, shared, strict=True)))


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve a symmetric positive semi-definite system by elimination; a direction without variance explains nothing."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(size):
        if rows[i][i] <= 1e-9 * max(1.0, matrix[i][i]):
            rows[i] = [0.0] * (size + 1)
            rows[i][i] = 1.0
        for k in range(size):
            if k != i and rows[k][i] != 0.0:
                factor = rows[k][i] / rows[i][i]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i], strict=True)]
    return [rows[i][size] / rows[i][i] for i in range(size)]

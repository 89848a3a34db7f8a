"""What a model looks at: candidate bins of every feature, their shapes, and which features may act together."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from score_service.domain.features import Feature
from score_service.domain.scorecard import Shape

Floats = NDArray[np.float64]
# The width of an index: any other would be converted at every look-up, which takes longer than the look-up.
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Term:
    """One feature's candidate bins and the direction in which its points may move."""

    feature: str
    shape: Shape
    peak: float | None
    edges: Floats

    @property
    def signs(self) -> Floats:
        """+1 where points may rise across an edge, -1 where they may fall."""
        if self.shape is Shape.PEAKED and self.peak is not None:
            return np.where(self.edges <= self.peak, 1.0, -1.0)
        return np.full(len(self.edges), 1.0 if self.shape is Shape.RISING else -1.0)

    def codes(self, values: Floats) -> Codes:
        """Return each value's bin; unknown values get the bin after the last."""
        bins = np.searchsorted(self.edges, values, side="right")
        return np.where(np.isnan(values), len(self.edges) + 1, bins).astype(np.intp)


@dataclass(frozen=True)
class Corners:
    """A pair that may be learned: the points of `feature` given another answer, cut at these edges of both."""

    feature: str
    given: str
    edges: tuple[float, ...]
    given_edges: tuple[float, ...]


@dataclass(frozen=True)
class Declaration:
    """The features of a population, what may be learned of them, what of, and where it holds.

    `last_edge` is the last candidate edge of each: beyond it a handful of rows would decide. Features fall, but those
    in `rising`, and those with a peak.
    """

    features: Mapping[str, Feature]
    last_edge: Mapping[str, float]
    outcome: str
    limits: str
    peaks: Mapping[str, float] = field(default_factory=dict)
    rising: frozenset[str] = frozenset()
    pairs: tuple[Corners, ...] = ()

    def terms(self, names: tuple[str, ...]) -> tuple[Term, ...]:
        """Return the terms of a model of these features: candidate edges lie on the answers' grid."""
        return tuple(self._term(name) for name in names)

    def corners(self, names: tuple[str, ...]) -> tuple[Corners, ...]:
        """Return the pairs of which a model of these features has both."""
        return tuple(pair for pair in self.pairs if {pair.feature, pair.given} <= set(names))

    def _term(self, name: str) -> Term:
        feature, peak = self.features[name], self.peaks.get(name)
        first, last = feature.lower / feature.step + 1, self.last_edge[name] / feature.step
        # Dividing whole numbers gives 0.29, where 29 x 0.01 would give 0.29000000000000004.
        steps = np.arange(round(first), round(last) + 1)
        if not feature.whole:
            # Every hundredth up to 1.2, every twentieth beyond, where few people are.
            steps = steps[(steps <= 120) | (steps % 5 == 0)]
        shape = Shape.PEAKED if peak is not None else Shape.RISING if name in self.rising else Shape.FALLING
        return Term(name, shape, peak, steps / round(1 / feature.step))


def code_all(terms: tuple[Term, ...], values: Mapping[str, Floats]) -> tuple[Codes, ...]:
    """Return the bins of every row, one array a term."""
    return tuple(term.codes(values[term.feature]) for term in terms)

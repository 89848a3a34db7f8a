"""The inputs of a scorecard, declared once: wire name, bounds, unit, whether it must be given, what may be changed.

Explicit inputs are checked here and refused by name; answers of a survey are clipped to the same bounds.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

Value = float | None
Features = Mapping[str, Value]


class Group(StrEnum):
    """What a person would call one thing: three late counts are one payment history."""

    UTILISATION = "utilisation"
    PAYMENT_HISTORY = "payment_history"
    DEBT_RATIO = "debt_ratio"
    LINES = "lines"
    MORTGAGES = "mortgages"
    AGE = "age"
    DEPENDENTS = "dependents"


@dataclass(frozen=True, slots=True)
class Feature:
    """One input. `can_fall` and `can_rise` say what a person may reasonably set out to change."""

    name: str
    group: Group
    unit: str
    lower: float
    upper: float
    whole: bool
    required: bool = False
    nullable: bool = True
    can_fall: bool = False
    can_rise: bool = False

    @property
    def movable(self) -> bool:
        """Whether a plan may change it."""
        return self.can_fall or self.can_rise

    @property
    def step(self) -> float:
        """The grid on which edges and suggested values lie: 1 for a count, 0.01 for a ratio."""
        return 1.0 if self.whole else 0.01


def _count(name: str, group: Group, unit: str, upper: int) -> Feature:
    return Feature(name, group, unit, 0, upper, whole=True, required=True, nullable=False)


def _late(name: str) -> Feature:
    return _count(name, Group.PAYMENT_HISTORY, "times in 24 months", 20)


FEATURES: Mapping[str, Feature] = {
    feature.name: feature
    for feature in (
        Feature("utilisation", Group.UTILISATION, "share", 0, 2, whole=False, required=True, can_fall=True),
        _late("late30"),
        _late("late60"),
        _late("late90"),
        Feature("debt_ratio", Group.DEBT_RATIO, "share", 0, 5, whole=False, can_fall=True),
        replace(_count("lines", Group.LINES, "accounts", 60), can_fall=True, can_rise=True),
        Feature("mortgages", Group.MORTGAGES, "loans", 0, 30, whole=True),
        Feature("age", Group.AGE, "years", 18, 110, whole=True),
        Feature("dependents", Group.DEPENDENTS, "persons", 0, 20, whole=True),
    )
}


@dataclass(frozen=True, slots=True)
class FeatureError:
    """Why one input is refused. `code`: unknown | not_a_number | not_whole | out_of_bounds | null | exceeds_lines.

    `values` are what the message's `{name}`s stand for.
    """

    feature: str
    code: str
    message: str
    values: Mapping[str, float] = field(default_factory=dict)


class InvalidFeaturesError(ValueError):
    """Explicit inputs that no one can have; `errors` names each."""

    def __init__(self, errors: tuple[FeatureError, ...]) -> None:
        super().__init__("; ".join(f"{error.feature}: {error.message.format_map(error.values)}" for error in errors))
        self.errors = errors


class IncompleteError(ValueError):
    """Required inputs nobody gave. `missing` holds their wire names; a score without them would reward silence."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__("missing: " + ", ".join(missing))
        self.missing = missing


def validated(raw: Mapping[str, object]) -> dict[str, Value]:
    """Return explicit inputs as numbers, or raise `InvalidFeaturesError` naming every one that is refused.

    Nothing is rounded or clipped: `{"utilisation": 0.305, "late30": 1}` gives `{"utilisation": 0.305, "late30": 1.0}`,
    and `{"late30": 21}` is refused (`out_of_bounds`, 0 to 20). Absent features stay absent; whether the set is complete
    is the scorecard's question.
    """
    features: dict[str, Value] = {}
    errors: list[FeatureError] = []
    for name, value in raw.items():
        try:
            features[name] = _number(name, value)
        except _RefusedError as refused:
            errors.append(refused.error)
    errors = errors or _contradictions(features)
    if errors:
        raise InvalidFeaturesError(tuple(errors))
    return features


def clipped(name: str, value: float) -> float:
    """Return `value` moved to the nearest bound of feature `name`, for facts that were not typed as features.

    A debt ratio of 7.5 counts as 5.0: it is worse than every bin edge either way, and reading it as missing would
    turn a bad answer into an average one. `KeyError` for an unknown name, `ValueError` for NaN.
    """
    if math.isnan(value):
        raise ValueError(f"{name} is not a number")
    feature = FEATURES[name]
    return min(max(value, feature.lower), feature.upper)


def unanswered(features: Features, names: Iterable[str]) -> tuple[str, ...]:
    """Return those of `names` that are absent from `features`, or null where null has no meaning.

    `{"utilisation": None}` answers utilisation (no card); `{"late30": None}` answers nothing.
    """
    return tuple(
        name for name in names if name not in features or (features[name] is None and not FEATURES[name].nullable)
    )


class _RefusedError(ValueError):
    def __init__(self, feature: str, code: str, message: str, **values: float) -> None:
        super().__init__(message)
        self.error = FeatureError(feature, code, message, values)


def _number(name: str, value: object) -> Value:
    feature = FEATURES.get(name)
    if feature is None:
        raise _RefusedError(name, "unknown", "is no feature of this score")
    if value is None:
        if feature.nullable:
            return None
        raise _RefusedError(name, "null", "must be a number")
    # bool is an int in Python; `true` late payments is a client's mistake, not one late payment.
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 (NaN)
        raise _RefusedError(name, "not_a_number", "must be a number")
    if not feature.lower <= value <= feature.upper:
        raise _RefusedError(
            name, "out_of_bounds", "must be between {lower} and {upper}", lower=feature.lower, upper=feature.upper
        )
    if feature.whole and value != int(value):
        raise _RefusedError(name, "not_whole", "must be a whole number")
    return float(value)


def _contradictions(features: Features) -> list[FeatureError]:
    mortgages, lines = features.get("mortgages"), features.get("lines")
    if mortgages is None or lines is None or mortgages <= lines:
        return []
    return [FeatureError("mortgages", "exceeds_lines", "home loans are counted among the open loans and cards")]

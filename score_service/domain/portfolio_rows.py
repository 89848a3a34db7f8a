"""Which rows of a portfolio nobody can be, and which values count as the bound that they lie beyond, with numpy."""

from collections.abc import Iterator, Mapping
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from score_service.domain.features import FEATURES, Feature, Group
from score_service.domain.portfolio_report import Clipped

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Columns = Mapping[str, Floats]


def errors_of(columns: Columns, not_numbers: Mapping[str, Bools]) -> dict[int, str]:
    """Return the rows that nobody can be, by position, in words: `{3: "late30 is empty; debt_ratio is negative"}`.

    `columns` hold NaN for an empty cell and for what `not_numbers` names. Most files have few such rows, so they may
    cost what they cost.
    """
    errors: dict[int, list[str]] = {}
    for name, values in columns.items():
        for rows, what in _faults(FEATURES[name], values, not_numbers[name]):
            for position in np.flatnonzero(rows).tolist():
                errors.setdefault(position, []).append(f"{name} {what}")
    if "mortgages" in columns:
        for position in np.flatnonzero(columns["mortgages"] > columns["lines"]).tolist():
            errors.setdefault(position, []).append("mortgages is more than lines, among which they are counted")
    return {position: "; ".join(errors[position]) for position in sorted(errors)}


def _faults(feature: Feature, values: Floats, not_numbers: Bools) -> Iterator[tuple[Bools, str]]:
    """Which rows have no value that anyone can have, and why. Beyond its upper bound a value counts as the bound."""
    yield not_numbers, "is not a number"
    yield values < 0, "is negative"
    if feature.whole:
        yield np.floor(values) < values, "is not a whole number"
    if not feature.nullable:
        yield np.isnan(values) & ~not_numbers, "is empty"
    if _holds_codes(feature):
        yield values > feature.upper, f"is more than {feature.upper:g}"


def _holds_codes(feature: Feature) -> bool:
    """96 and 98 late payments are codes of credit bureaus, and no counts."""
    return feature.group is Group.PAYMENT_HISTORY


def clipped_in(columns: Columns, scored: Bools, report: dict[str, Clipped]) -> tuple[NDArray[np.uint8], list[str]]:
    """Return which list of names each row has, and the lists: the features that count as a bound of theirs.

    A utilisation of 62 counts as 2, so a scored row with it has "utilisation"; a row without such a value has the first
    list, "". The values are counted in `report`, by feature.
    """
    names = [name for name in columns if not _holds_codes(FEATURES[name])]
    which = np.zeros(len(scored), dtype=np.uint8)
    for place, name in enumerate(names):
        values, feature = columns[name], FEATURES[name]
        beyond = values > feature.upper
        if feature.lower > 0:  # below 0 there is no score
            beyond |= values < feature.lower
        beyond &= scored
        seen = report.setdefault(name, Clipped())
        seen.given += int(np.count_nonzero(~np.isnan(values) & scored))
        seen.beyond += int(np.count_nonzero(beyond))
        which |= beyond.view(np.uint8) << np.uint8(place)
    places = range(len(names))
    return which, [" ".join(compress(names, (n >> place & 1 for place in places))) for n in range(1 << len(names))]

"""Reading "Give Me Some Credit" with its traps: codes among counts, amounts among ratios, impossible values."""

from pathlib import Path

import numpy as np

from score_service.domain.features import FEATURES
from score_service.scripts.training.data import Sample, read_columns
from score_service.scripts.training.terms import Corners, Declaration, Floats

OUTCOME = "SeriousDlqin2yrs"
INCOME = "MonthlyIncome"
COLUMNS = {
    "utilisation": "RevolvingUtilizationOfUnsecuredLines",
    "late30": "NumberOfTime30-59DaysPastDueNotWorse",
    "late60": "NumberOfTime60-89DaysPastDueNotWorse",
    "late90": "NumberOfTimes90DaysLate",
    "debt_ratio": "DebtRatio",
    "lines": "NumberOfOpenCreditLinesAndLoans",
    "mortgages": "NumberRealEstateLoansOrLines",
    "age": "age",
    "dependents": "NumberOfDependents",
}
LATE_COUNTS = ("late30", "late60", "late90")

# 96 and 98 in the late columns are codes of the bureau ("not reported"), never counts of events.
FIRST_LATE_CODE = 96
# With no income, or the placeholder 1, the column DebtRatio holds an amount of money instead of a ratio.
LARGEST_PLACEHOLDER_INCOME = 1
# Up to twice the limit is overdrawn and as bad as it looks; beyond, the limit itself is wrong.
LARGEST_UTILISATION = 2

_AGES = (30.0, 40.0, 50.0, 60.0)
_LINES = (2.0, 4.0, 6.0, 8.0, 10.0, 15.0)
DECLARATION = Declaration(
    FEATURES,
    last_edge={
        "utilisation": 1.99, "late30": 11, "late60": 7, "late90": 11, "debt_ratio": 5, "lines": 39, "mortgages": 15,
        "age": 95, "dependents": 7,
    },
    outcome="90 or more days past due within two years",
    limits="Self-reported and unverified; trained on US data of 2008-2011; recalibrate before use elsewhere. "
    "No income, habits, education or job question touches the score.",
    peaks={"lines": 9.0, "mortgages": 1.0},
    rising=frozenset({"age"}),
    pairs=(
        # One late payment of three accounts is another thing than one of thirty.
        Corners("late30", "lines", (1.0, 2.0), _LINES),
        Corners("late60", "lines", (1.0,), _LINES),
        Corners("late90", "lines", (1.0,), _LINES),
        # A debt that is a home's weighs less than the same debt without one.
        Corners("debt_ratio", "mortgages", (0.1, 0.2, 0.3, 0.5, 1.0), (1.0, 2.0, 3.0)),
        # What is usual at one age is not at another.
        Corners("lines", "age", _LINES, _AGES),
        Corners("mortgages", "age", (1.0, 2.0, 3.0), _AGES),
        Corners("age", "late30", _AGES, (1.0, 2.0)),
        # A household weighs more on someone with few accounts.
        Corners("dependents", "lines", (1.0, 2.0, 3.0), _LINES),
    ),
)  # fmt: skip


def read_gmsc(path: Path) -> Sample:
    """Return the clean rows of a CSV file, plain or gzipped; `ValueError` names a column that is not there."""
    columns, digest = read_columns(path, (OUTCOME, INCOME, *COLUMNS.values()))
    return clean(columns, digest)


def clean(columns: dict[str, Floats], digest: str) -> Sample:
    """Return a sample from raw columns: coded rows dropped, values that say nothing made unknown, the rest clipped."""
    raw = {name: columns[column] for name, column in COLUMNS.items()}
    kept = ~np.any([raw[name] >= FIRST_LATE_CODE for name in LATE_COUNTS], axis=0)
    values = {name: column[kept].astype(np.float64) for name, column in raw.items()}
    income = columns[INCOME][kept]
    amounts = np.isnan(income) | (income <= LARGEST_PLACEHOLDER_INCOME)
    values["debt_ratio"] = np.where(amounts, np.nan, values["debt_ratio"])
    values["utilisation"] = np.where(values["utilisation"] > LARGEST_UTILISATION, np.nan, values["utilisation"])
    values["age"] = np.where(values["age"] < FEATURES["age"].lower, np.nan, values["age"])
    for name, feature in FEATURES.items():
        values[name] = np.clip(values[name], feature.lower, feature.upper)
    bad = columns[OUTCOME][kept].astype(np.int64)
    return Sample(DECLARATION, values, bad, digest, int(np.count_nonzero(~kept)))

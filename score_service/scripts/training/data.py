"""Reading "Give Me Some Credit" with its traps: codes among counts, amounts among ratios, impossible values."""

import gzip
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from score_service.domain.features import FEATURES

Floats = NDArray[np.float64]

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


@dataclass(frozen=True)
class Sample:
    """Rows to learn from: NaN is unknown, `bad` is 1 for 90 days past due within two years."""

    values: dict[str, Floats]
    bad: NDArray[np.int64]
    sha256: str
    rows_dropped: int

    def __len__(self) -> int:
        return len(self.bad)

    def take(self, rows: NDArray[np.int64]) -> "Sample":
        """Return the sample of these rows alone."""
        values = {name: column[rows] for name, column in self.values.items()}
        return Sample(values, self.bad[rows], self.sha256, self.rows_dropped)


def read_sample(path: Path) -> Sample:
    """Return the clean rows of a CSV file, plain or gzipped; `ValueError` names a column that is not there."""
    raw = path.read_bytes()
    digest = sha256(raw).hexdigest()
    lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8").splitlines()
    header = [name.strip().strip('"') for name in lines[0].split(",")]
    absent = [name for name in (OUTCOME, INCOME, *COLUMNS.values()) if name not in header]
    if absent:
        raise ValueError(f"columns not found: {', '.join(absent)}")
    table = np.genfromtxt(lines[1:], delimiter=",", dtype=np.float64)
    return clean({name: table[:, header.index(name)] for name in header if name}, digest)


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
    return Sample(values, bad, digest, int(np.count_nonzero(~kept)))

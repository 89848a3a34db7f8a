"""Reading "default of credit card clients" (Taiwan 2005): the same training on other people, other answers, one file.

Sex, education, marriage and age are not declared, so no model can look at them; age is read only to be watched.
"""

from pathlib import Path

import numpy as np

from score_service.domain.features import Feature, Group
from score_service.scripts.training.data import Sample, read_columns
from score_service.scripts.training.terms import Declaration

OUTCOME = "class"
# The months' columns jump from PAY_0, the latest, to PAY_2.
STATUS_NOW = "PAY_0"
STATUS_BEFORE = ("PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6")
COLUMNS = ("LIMIT_BAL", "BILL_AMT1", "BILL_AMT2", "PAY_AMT1", "AGE", STATUS_NOW, *STATUS_BEFORE)
TEN_THOUSAND = 10_000


def _count(name: str, group: Group, unit: str, upper: int, lower: int = 0) -> Feature:
    return Feature(name, group, unit, lower, upper, whole=True, required=True, nullable=False)


_FEATURES = (
    Feature("utilisation", Group.UTILISATION, "share", 0, 2, whole=False, required=True, nullable=False, can_fall=True),
    Feature("paid_share", Group.UTILISATION, "share", 0, 2, whole=False, can_rise=True),
    _count("months_late", Group.PAYMENT_HISTORY, "months", 8),
    _count("worst_before", Group.PAYMENT_HISTORY, "months", 8),
    _count("times_before", Group.PAYMENT_HISTORY, "of five months", 5),
    _count("limit", Group.LINES, "ten thousand dollars", 100, lower=1),
)
DECLARATION = Declaration(
    {feature.name: feature for feature in _FEATURES},
    last_edge={
        "utilisation": 1.99, "paid_share": 1.99, "months_late": 4, "worst_before": 5, "times_before": 5, "limit": 60,
    },
    rising=frozenset({"paid_share", "limit"}),
    outcome="default on the next month's payment",
    limits="A draft: one bank's card holders in Taiwan in 2005. It shows that the training is not made for one file.",
)  # fmt: skip


def read_uci(path: Path) -> Sample:
    """Return all rows of a CSV file, plain or gzipped; `ValueError` names a column that is not there."""
    columns, digest = read_columns(path, (OUTCOME, *COLUMNS))
    limit, billed = columns["LIMIT_BAL"], columns["BILL_AMT2"]
    # -2, -1 and 0 are codes for "nothing used", "paid" and "the minimum paid": none of them is late.
    before = np.maximum(np.column_stack([columns[name] for name in STATUS_BEFORE]), 0)
    # Of a bill of nothing no share can be paid.
    share = np.divide(columns["PAY_AMT1"], billed, out=np.full(len(billed), np.nan), where=billed > 0)
    values = {
        "utilisation": columns["BILL_AMT1"] / limit,
        "paid_share": share,
        "months_late": np.maximum(columns[STATUS_NOW], 0),
        "worst_before": before.max(axis=1),
        "times_before": np.count_nonzero(before, axis=1).astype(np.float64),
        "limit": np.floor(limit / TEN_THOUSAND),
    }
    bounds = DECLARATION.features
    clipped = {name: np.clip(column, bounds[name].lower, bounds[name].upper) for name, column in values.items()}
    return Sample(DECLARATION, {**clipped, "age": columns["AGE"]}, columns[OUTCOME].astype(np.int64), digest, 0)

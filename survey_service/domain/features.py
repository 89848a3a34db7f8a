"""From facts, the numbers that answers say, to the features a score is made of.

A fact is either a feature itself or one of the four amounts two of the features are made of.
"""

from collections.abc import Mapping

from survey_service.domain.catalogue import plain_number

BOUNDS: Mapping[str, tuple[float, float]] = {
    "utilisation": (0, 2),
    "late30": (0, 20),
    "late60": (0, 20),
    "late90": (0, 20),
    "debt_ratio": (0, 5),
    "lines": (0, 60),
    "mortgages": (0, 30),
    "age": (18, 110),
    "dependents": (0, 20),
}
MADE_OF = {"utilisation": ("card_balance", "card_limit"), "debt_ratio": ("debt_payments", "income")}
AMOUNTS = tuple(amount for amounts in MADE_OF.values() for amount in amounts)
FACTS = frozenset((*BOUNDS, *AMOUNTS))
LATE_COUNTS = ("late30", "late60", "late90")
COUNTS = frozenset((*LATE_COUNTS, "lines", "mortgages", "age", "dependents"))
INCOME_MIN = 1

Facts = Mapping[str, float]
Features = dict[str, int | float | None]


def features_of(facts: Facts) -> Features:
    """The features these facts determine, within their bounds; a feature they do not determine is absent.

    `{"card_balance": 450, "card_limit": 1500, "debt_payments": 900, "income": 3000, "late30": 25}` gives
    `{"utilisation": 0.3, "late30": 20, "debt_ratio": 0.3}`.
    """
    features: Features = {name: _within(name, facts[name]) for name in BOUNDS if name in facts}
    for name, derived in (("utilisation", _utilisation(facts)), ("debt_ratio", _debt_ratio(facts))):
        features.pop(name, None)
        features.update(derived)
    features.update(_mortgages(features))
    return {name: features[name] for name in BOUNDS if name in features}


def lone_amounts(facts: Facts) -> set[str]:
    """The amounts that determine nothing, since the other one of their ratio is not known.

    Of `{"card_balance": 450, "income": 3000, "debt_payments": 900}` it is `card_balance`. A limit of 0 is
    no lone amount: it says that there is no card.
    """
    pairs = [[amount for amount in amounts if amount in facts] for amounts in MADE_OF.values()]
    return {pair[0] for pair in pairs if len(pair) == 1 and not (pair == ["card_limit"] and facts["card_limit"] <= 0)}


def _within(name: str, value: float) -> int | float:
    low, high = BOUNDS[name]
    return plain_number(min(max(value, low), high))


def _utilisation(facts: Facts) -> Features:
    """Balance over limit, at most 2: 450 of 1,500 is 0.3, and 4,000 of 1,500 is 2. No limit is null: there is no card.

    A balance whose limit is not known, or a limit whose balance is not, says nothing; then a ratio that was asked for
    directly counts. Where both are there the amounts win, since a direct ratio is often a band's midpoint.
    """
    limit, balance = facts.get("card_limit"), facts.get("card_balance")
    if limit is not None and limit <= 0:
        return {"utilisation": None}
    if limit is not None and balance is not None:
        return {"utilisation": _within("utilisation", balance / limit)}
    return {"utilisation": _within("utilisation", facts["utilisation"])} if "utilisation" in facts else {}


def _debt_ratio(facts: Facts) -> Features:
    """Monthly debt payments over monthly income, at most 5: 900 of 3,000 is 0.3.

    An income of 1 or less makes the ratio an amount, which is no ratio: the feature is absent, even if it was asked for
    directly. Without both amounts a direct ratio counts.
    """
    income, payments = facts.get("income"), facts.get("debt_payments")
    if income is not None and income <= INCOME_MIN:
        return {}
    if income is not None and payments is not None:
        return {"debt_ratio": _within("debt_ratio", payments / income)}
    return {"debt_ratio": _within("debt_ratio", facts["debt_ratio"])} if "debt_ratio" in facts else {}


def _mortgages(features: Features) -> Features:
    """Home loans are among the open lines: 3 home loans of 2 lines are 2, and no lines at all means no home loan."""
    lines, mortgages = features.get("lines"), features.get("mortgages")
    if lines is None or (mortgages is None and lines > 0):
        return {}
    return {"mortgages": min(lines, mortgages or 0)}

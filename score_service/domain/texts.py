"""The English words for every code the score speaks in; other languages are catalogues with the same keys.

A code names one meaning for ever: when a meaning changes, a new code (`.v2`) is added and the old one stays readable.
A reason's words must be true of a loss of any size: someone who lost 2 of 30 points for card limits uses no large part.
"""

from collections.abc import Callable

Text = Callable[[str], str]


def english(code: str) -> str:
    """Return the English text of a code, such as `"utilisation.name"`; `KeyError` for a code nobody wrote."""
    return ENGLISH[code]


ENGLISH: dict[str, str] = {
    "utilisation.name": "Credit utilisation",
    "utilisation.description": "The share of your card limits that you are using.",
    "utilisation.advice": "Bring card balances down: the smaller the part in use, the more points.",
    "late30.name": "Payments 30-59 days late",
    "late30.description": "How often in the last 24 months a payment was 30 to 59 days late.",
    "late30.advice": "Pay on time from now on; these events stop counting after 24 months.",
    "late60.name": "Payments 60-89 days late",
    "late60.description": "How often in the last 24 months a payment was 60 to 89 days late.",
    "late60.advice": "Pay on time from now on; these events stop counting after 24 months.",
    "late90.name": "Payments 90 or more days late",
    "late90.description": "How often in the last 24 months a payment was 90 or more days late.",
    "late90.advice": "Settle what is overdue first; these events stop counting after 24 months.",
    "debt_ratio.name": "Debt to income",
    "debt_ratio.description": "Monthly debt payments and housing as a share of monthly income before tax.",
    "debt_ratio.advice": "Pay loans down before taking on new ones.",
    "lines.name": "Open loans and cards",
    "lines.description": "The number of loans and cards you have open.",
    "lines.advice": "Keep a few accounts in good order; many more add risk without adding points.",
    "mortgages.name": "Home loans",
    "mortgages.description": "The number of loans secured on property.",
    "mortgages.advice": "One home loan in good order is best for the score; no one should borrow for its sake.",
    "age.name": "Age",
    "age.description": "Your age in years. It can never count against an older person.",
    "age.advice": "Nothing to do: points for age never fall as you grow older.",
    "dependents.name": "Dependents",
    "dependents.description": "The number of people who depend on your income.",
    "dependents.advice": "Nothing to do: who depends on you is not a choice made for a score.",
    "payment_history.v1": "Late payments in the last 24 months",
    "utilisation_high.v1": "How much of your card limits you use",
    "no_card.v1": "No credit card to show how you use one",
    "debt_ratio_high.v1": "How much of your income debt payments take",
    "debt_ratio_unknown.v1": "Income or debt payments are not known",
    "lines_few.v1": "Fewer open loans and cards than score best",
    "lines_many.v1": "More open loans and cards than score best",
    "mortgages_none.v1": "No home loan to show a long commitment kept",
    "mortgages_several.v1": "More than one home loan",
    "mortgages_unknown.v1": "The number of home loans is not known",
    "age_young.v1": "Your age, whose points only grow with the years",
    "age_unknown.v1": "Age is not known",
    "dependents_many.v1": "How many people depend on your income",
    "dependents_unknown.v1": "The number of dependents is not known",
    "lower_utilisation.v1.title": "Use less of your card limits",
    "lower_utilisation.v1.text": "Pay card balances down, beginning with the card closest to its limit.",
    "pay_on_time.v1.title": "Keep every payment on time",
    "pay_on_time.v1.text": "A late payment stops counting 24 months later. Automatic payments keep new ones away.",
    "lower_debt_ratio.v1.title": "Lower your monthly debt payments",
    "lower_debt_ratio.v1.text": "Repay the dearest loan first; take no new one until payments weigh less.",
    "state_debt_ratio.v1.title": "Tell us your income and debt payments",
    "state_debt_ratio.v1.text": "Unknown counts as average at most; a good answer earns up to this many points.",
    "state_mortgages.v1.title": "Tell us how many home loans you have",
    "state_mortgages.v1.text": "Unknown counts as average at most; a good answer earns up to this many points.",
    "build_history.v1.title": "Build a history with a few accounts",
    "build_history.v1.text": "One or two accounts you need anyway, always paid on time, show more than none.",
    "fewer_lines.v1.title": "Close accounts you do not use",
    "fewer_lines.v1.text": "Close what you no longer need, one at a time, once its balance is zero.",
    "assumes_no_new_late_payments.v1": "No payment is late from today on beyond those you entered.",
    "assumes_even_spread.v1": "Past late payments are spread evenly over the last 24 months, and leave one by one.",
    "assumes_straight_balances.v1": "Ratios move in a straight line from today's value to the one you entered.",
    "assumes_counts_change_next_month.v1": "Loans and cards you entered are opened or closed in the first month.",
    "assumes_rest_unchanged.v1": "Everything you did not enter stays as it is today.",
    "assumes_no_forecast.v1": "This is arithmetic with the same scorecard; no model of the future was learned.",
}

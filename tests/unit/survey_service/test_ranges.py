"""An option's number stands for a band, and a feature made of it lies between two values."""

import pytest

from survey_service.domain.facts import facts_of
from survey_service.domain.ranges import ranges_of, ranges_of_facts
from tests.unit.survey_service.catalogues import catalogue, option, row

BANDS = catalogue(
    row("use", "single_choice", options=[option(f"{n}", utilisation=n / 100) for n in (0, 10, 30, 70)] + [option("?")]),
    row("pay", "single_choice", options=[option(f"{n}", income=n) for n in (1000, 3000, 5000)]),
    row("late", "single_choice", options=[option(f"{n}", late30=n) for n in (0, 2, 5)]),
    row("cards", "single_choice", options=[option("some", lines=3), option("no idea")]),
    row("loans", "multiple_choice", options=[option("car", mortgages=1), option("home", mortgages=3)]),
    row("house", "single_choice", options=[option("yes", mortgages=1), option("no", mortgages=0)]),
    row("debts", "number", fact="debt_payments"),
    row("use_again", "number", fact="utilisation"),
    row("late_again", "number", fact="late30"),
)


@pytest.mark.parametrize(
    ("answers", "ranges"),
    [
        ({"use": "10"}, {"utilisation": (0.05, 0.2)}),
        ({"use": "30"}, {"utilisation": (0.2, 0.5)}),
        ({"use": "70"}, {"utilisation": (0.5, 0.9)}),
        ({"use": "0"}, {}),
        ({"use": "?"}, {}),
        ({"pay": "3000", "debts": 900}, {"debt_ratio": (0.225, 0.45)}),
        ({"pay": "1000", "debts": 900}, {"debt_ratio": (0.45, 1.8)}),
        ({"pay": "1000", "debts": 9000}, {"debt_ratio": (4.5, 5)}),
        ({"pay": "1000", "debts": 90_000}, {}),
        ({"pay": "5000"}, {}),
        ({"late": "2"}, {"late30": (1, 3)}),
        ({"late": "5"}, {"late30": (4, 6)}),
        ({"late": "0"}, {}),
        ({"cards": "some"}, {"lines": (2, 4)}),
        ({"loans": ["home"], "cards": "no idea"}, {}),
        ({"house": "yes"}, {}),
        ({"use": "10", "use_again": 0.12}, {}),
        ({"late": "2", "late_again": 4}, {}),
        ({"late": "5", "late_again": 4}, {"late30": (4, 6)}),
    ],
)
def test_between_which_values_a_feature_lies(
    answers: dict[str, str | float | list[str]], ranges: dict[str, tuple[float, float]]
) -> None:
    found = ranges_of(facts_of(BANDS, answers), ranges_of_facts(BANDS, answers))
    assert {name: pytest.approx(ends) for name, ends in ranges.items()} == found

"""How old somebody is, and how old they must be."""

from datetime import date

AGE_MIN = 18
AGE_MAX = 130


def age_on(born: date, day: date) -> int:
    """Whole years lived: `age_on(date(2000, 2, 29), date(2018, 2, 28)) == 17`, and 18 one day later."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

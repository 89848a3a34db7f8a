"""The languages the survey speaks, and which of them a caller reads best."""

from collections.abc import Mapping
from typing import Literal, get_args

Language = Literal["en", "vi", "zh"]
DEFAULT_LANGUAGE: Language = "en"
LANGUAGES: tuple[Language, ...] = get_args(Language)


def in_language(texts: Mapping[str, str], language: Language) -> str:
    """The text in a language, else in English, else in whichever there is.

    `in_language({"en": "Yes", "vi": "Có"}, "zh") == "Yes"`.
    """
    return texts.get(language) or texts.get(DEFAULT_LANGUAGE) or next(iter(texts.values()))


def best_language(accept_language: str | None) -> Language:
    """Of the languages spoken here, the one an `Accept-Language` header weighs highest, regions aside; else English.

    `best_language("fr, vi-VN;q=0.9, en;q=0.8") == "vi"`. A weight of 0, or one that is no weight, rules a language out.
    """
    best, best_weight = DEFAULT_LANGUAGE, 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameter = part.partition(";")
        language = next((each for each in LANGUAGES if each == tag.strip().lower().partition("-")[0]), None)
        weight = _weight(parameter)
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, number = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(number)
    except ValueError:
        return 0.0
    return weight if name.strip().lower() == "q" and 0 <= weight <= 1 else 0.0

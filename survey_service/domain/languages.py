"""The languages the survey speaks. Which of them a caller reads best, the kit says."""

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

"""Which language a caller reads best, and the texts of the code in it (ADR 0010).

The code holds English. A catalogue, `<package>/locale/<language>.po`, holds the same texts in another language, found
by the English ones. Texts that are data, such as rows of a table, are not its business.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from fastapi import Depends, Request, Response

from service_kit.settings import ROOT

Language = Literal["en", "vi", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT: Language = "en"
# Browsers send less than a tenth of it; beyond, nobody's wishes are read.
HEADER_LENGTH_MAX = 1_000
WEIGHT = re.compile(r"\s*(?:q\s*=\s*(0(?:\.\d*)?|1(?:\.0*)?)\s*)?", re.IGNORECASE)
PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Texts:
    """One language. What its catalogue lacks is said in English; tests/architecture keeps that from happening."""

    def __init__(self, language: Language, translated: Mapping[str, str]) -> None:
        self.language, self._translated = language, translated

    def say(self, english: str, values: Mapping[str, object] | None = None) -> str:
        """The text in this language, `{name}` filled from `values`; a brace around anything else is only a brace."""
        text = self._translated.get(english, english)
        if not values:
            return text
        return PLACEHOLDER.sub(lambda found: self._spoken(values[found[1]]) if found[1] in values else found[0], text)

    def _spoken(self, value: object) -> str:
        if isinstance(value, int | float):
            return _number(value, self.language)
        if isinstance(value, date):
            return str(format_date(value, locale=self.language))
        return str(value)


@lru_cache(maxsize=4_096)
def _number(value: float, language: Language) -> str:
    return str(format_decimal(value, locale=language))


def read_texts(*packages: str) -> dict[Language, Texts]:
    """The texts of some packages in every language. A catalogue that is missing or damaged raises."""
    texts = {DEFAULT: Texts(DEFAULT, {})}
    for language in (each for each in LANGUAGES if each != DEFAULT):
        paths = (ROOT / package / "locale" / f"{language}.po" for package in packages)
        texts[language] = Texts(language, {english: text for path in paths for english, text in _read(path)})
    return texts


def _read(path: Path) -> list[tuple[str, str]]:
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    return [(str(each.id), str(each.string)) for each in catalogue if each.id and each.string]


def negotiate(accept_language: str | None) -> Language:
    """Of the languages spoken here, the one an `Accept-Language` header weighs highest, regions aside; else English.

    `negotiate("fr, vi-VN;q=0.9, en;q=0.8") == "vi"`. A weight of 0, or one that is no weight, rules a language out.
    """
    return _heaviest(accept_language) if accept_language and len(accept_language) <= HEADER_LENGTH_MAX else DEFAULT


@lru_cache(maxsize=1_024)
def _heaviest(accept_language: str) -> Language:
    best, best_weight = DEFAULT, 0.0
    for part in accept_language.split(","):
        tag, _, parameter = part.partition(";")
        language = next((each for each in LANGUAGES if each == tag.strip().lower().partition("-")[0]), None)
        weight = _weight(parameter)
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    found = WEIGHT.fullmatch(parameter)
    return float(found[1] or 1) if found else 0.0


def language_of(request: Request) -> Language:
    return negotiate(request.headers.get("accept-language"))


def language_headers(language: Language) -> dict[str, str]:
    """What an answer says whose words depend on the caller's language."""
    return {"Content-Language": language, "Vary": "Accept-Language"}


async def _callers_language(request: Request, response: Response) -> Language:
    language = language_of(request)
    response.headers.update(language_headers(language))
    return language


# A route that returns a `Response` of its own gives it `language_headers(language)` itself.
CallersLanguage = Annotated[Language, Depends(_callers_language)]

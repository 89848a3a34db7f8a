"""When a question is asked: the small language of `show_if`.

    {"question": "has_cards", "equals": "yes"}       the answer is this option (or one of the chosen ones is)
    {"question": "housing", "in": ["rent", "own"]}   the answer is one of these
    {"question": "lines", "at_least": 1}             the number is this or more; `at_most`: this or less
    {"all": [...]}, {"any": [...]}                   several conditions together

A condition may name only questions that come earlier, so answering never changes a page behind the reader, and no
conditions can run in a circle.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from survey_service.domain.catalogue import Answer, Answers, Catalogue

DEPTH_MAX = 4
PARTS_MAX = 20


def shown_questions(catalogue: Catalogue, answers: Answers) -> dict[str, bool | None]:
    """For each question whether it is asked, given what is answered; None while that still depends on an open answer.

    With `card_limit` asked if `has_cards` is `yes`: `{"has_cards": "no"}` gives False for it, no answer yet gives None.
    The answer of a question that is itself not asked decides nothing: what depends on it is not asked either.
    """
    shown: dict[str, bool | None] = {}
    asked: dict[str, Answer | None] = {}
    for question in catalogue.questions:
        shown[question.key] = question.show_if is None or _truth(question.show_if, asked, shown)
        asked[question.key] = answers.get(question.key)
    return shown


def _truth(
    condition: Mapping[str, Any], answers: Mapping[str, Answer | None], shown: Mapping[str, bool | None]
) -> bool | None:
    match condition:
        case {"all": parts}:
            return _all(_truth(part, answers, shown) for part in parts)
        case {"any": parts}:
            return _not(_all(_not(_truth(part, answers, shown)) for part in parts))
        case {"question": key, **test}:
            answer = answers.get(key)
            return _all((shown.get(key), None if answer is None else _passes(test, answer)))
    raise ValueError("not a condition")


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _all(values: Iterable[bool | None]) -> bool | None:
    seen = set(values)
    if False in seen:
        return False
    return None if None in seen else True


def _passes(test: Mapping[str, Any], answer: Answer) -> bool:
    chosen = answer if isinstance(answer, list) else [answer]
    match test:
        case {"equals": wanted}:
            return wanted in chosen
        case {"in": wanted}:
            return any(value in wanted for value in chosen)
        case {"at_least": bound}:
            return isinstance(answer, int | float) and answer >= bound
        case {"at_most": bound}:
            return isinstance(answer, int | float) and answer <= bound
    raise ValueError("not a condition")


def named_questions(condition: Mapping[str, Any]) -> Iterator[str]:
    """The keys a condition looks at."""
    for part in (*condition.get("all", ()), *condition.get("any", ())):
        yield from named_questions(part)
    if "question" in condition:
        yield condition["question"]


def is_condition(value: object, depth: int = DEPTH_MAX) -> bool:
    """Whether a value from outside is a condition of this language, of bounded size.

    `is_condition({"question": "age", "at_least": 18})` is true; `is_condition({"question": "age"})` is not.
    """
    match value:
        case {"all": [_, *_] as parts, **rest} | {"any": [_, *_] as parts, **rest} if not rest:
            return depth > 0 and len(parts) <= PARTS_MAX and all(is_condition(part, depth - 1) for part in parts)
        case {"question": str(), "equals": str() | int() | float(), **rest} if not rest:
            return True
        case {"question": str(), "in": [_, *_] as wanted, **rest} if not rest:
            return len(wanted) <= PARTS_MAX and all(isinstance(each, str | int | float) for each in wanted)
        case {"question": str(), "at_least": int() | float(), **rest} if not rest:
            return True
        case {"question": str(), "at_most": int() | float(), **rest} if not rest:
            return True
    return False

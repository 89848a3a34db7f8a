"""What counts as an answer to a question: type, options and bounds, checked one answer at a time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from survey_service.domain.catalogue import Answer, Answers, Catalogue, Question, plain_number
from survey_service.domain.conditions import shown_questions
from survey_service.domain.features import COUNTS

NUMBER_MAX = 1_000_000_000_000
TEXT_LENGTH_MAX = 2_000

_TYPED_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?")


class BadAnswer(Exception):  # noqa: N818 - not an error of the program; the message is for the person
    """This is no answer to that question. It does not repeat what was sent.

    `values` are what the message's `{name}`s stand for. A unit is not among them: it is data in one language.
    """

    def __init__(self, message: str, **values: str | float) -> None:
        super().__init__(message)
        self.message, self.values = message, values


def read_answer(question: Question, raw: object) -> Answer:
    """The answer as it is stored, or BadAnswer with a sentence saying what is expected.

    For an age of 18 to 110 years: 34, 34.0 and "34" are read as 34; "thirty" and 17 are refused.
    """
    match question.question_type:
        case "number":
            return _read_number(question, raw)
        case "text":
            return _read_text(question, raw)
        case "single_choice":
            return _read_option(question, raw)
        case "multiple_choice":
            return _read_options(question, raw)


def _read_number(question: Question, raw: object) -> int | float:
    if isinstance(raw, str) and _TYPED_NUMBER.fullmatch(raw.strip()):
        raw = float(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise BadAnswer("must be a number")
    low = -NUMBER_MAX if question.min is None else question.min
    high = NUMBER_MAX if question.max is None else question.max
    # Infinity and NaN, which JSON can smuggle in, lie within no bounds either.
    if not low <= raw <= high:
        raise BadAnswer("must be from {low} to {high}", low=low, high=high)
    number = plain_number(raw)
    if question.fact in COUNTS and not isinstance(number, int):
        raise BadAnswer("must be a whole number")
    return number


def _read_text(question: Question, raw: object) -> str:
    if not isinstance(raw, str):
        raise BadAnswer("must be text")
    text = raw.strip()
    low, high = int(question.min or 1), int(question.max or TEXT_LENGTH_MAX)
    if not low <= len(text) <= high:
        raise BadAnswer("must have from {low} to {high} characters", low=low, high=high)
    # PostgreSQL stores no NUL, and a lone surrogate cannot be encoded at all.
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise BadAnswer("must be text without NUL or unpaired surrogates")
    return text


def _read_option(question: Question, raw: object) -> str:
    # An option "2" is also chosen by the number 2, as typed numbers are numbers elsewhere.
    value = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
    if not isinstance(value, str) or question.option(value) is None:
        raise BadAnswer("must be one of the question's options")
    return value


def _read_options(question: Question, raw: object) -> list[str]:
    if not isinstance(raw, list) or not raw or len(raw) > len(question.options):
        raise BadAnswer("must be a list of one or more of the question's options")
    chosen = [_read_option(question, value) for value in raw]
    if len(set(chosen)) < len(chosen):
        raise BadAnswer("must not name an option twice")
    return chosen


@dataclass(frozen=True, slots=True)
class Reading:
    """What a set of answers comes to: the answers of the questions asked, and what is wrong with others, by key."""

    answers: dict[str, Answer]
    bad: dict[str, BadAnswer]


def read_submission(catalogue: Catalogue, given: Mapping[str, object], saved: Answers) -> Reading:
    """Lay the given answers over the saved ones, and drop those of questions that are not asked.

    A given null takes a saved answer away. Whatever was sent for a question that is not asked is ignored, good or bad:
    with `{"has_cards": "no", "card_limit": "none"}` only `has_cards` remains, and nothing is bad.
    """
    answers = dict(saved)
    bad: dict[str, BadAnswer] = {}
    for key, raw in given.items():
        answers.pop(key, None)
        if raw is None:
            continue
        try:
            answers[key] = read_answer(catalogue.by_key[key], raw)
        except BadAnswer as problem:
            bad[key] = problem
    shown = shown_questions(catalogue, answers)
    return Reading(
        {question.key: answers[question.key] for question in catalogue.questions
         if question.key in answers and shown[question.key]},
        {key: problem for key, problem in bad.items() if shown[key] is not False},
    )  # fmt: skip


def carry_over(catalogue: Catalogue, answers: Answers) -> dict[str, Answer]:
    """The answers, perhaps of an older version, that still answer the questions of this one, matched by key."""
    kept: dict[str, Answer] = {}
    for key, answer in answers.items():
        if key not in catalogue.by_key:
            continue
        try:
            kept[key] = read_answer(catalogue.by_key[key], answer)
        except BadAnswer:
            continue
    return kept

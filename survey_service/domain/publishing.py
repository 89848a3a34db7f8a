"""Whether a catalogue can be published, and what its author should know before.

A fault stops it: people could not answer, or answers could not be told apart. A warning does not: the survey works, but
a score may lack something.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from survey_service.domain.catalogue import Question, snake_case
from survey_service.domain.conditions import named_questions
from survey_service.domain.features import BOUNDS, features_of
from survey_service.domain.languages import LANGUAGES


@dataclass(frozen=True, slots=True)
class Finding:
    """`key` is the question concerned; None is the catalogue as a whole. `values` fill the message's `{name}`s."""

    code: str
    key: str | None
    message: str
    values: Mapping[str, object] = field(default_factory=dict)


def faults_of(questions: Sequence[Question]) -> list[Finding]:
    """What must be mended first: names used twice, circles, and questions nobody would ever be asked."""
    return [*_duplicate_names(questions), *_unreachable_questions(questions)]


def warnings_of(questions: Sequence[Question]) -> list[Finding]:
    """Features that no answer determines, facts that two questions say, and texts that a language lacks."""
    return [*_features_not_fed(questions), *_facts_fed_twice(questions), *_missing_texts(questions)]


def _duplicate_names(questions: Sequence[Question]) -> Iterator[Finding]:
    """Names are compared in snake case: `hasCards` and the alias `has_cards` of another question are one name."""
    owners: dict[str, str] = {}
    for question in questions:
        for name in {snake_case(each) for each in (question.key, *question.aliases)}:
            if owners.setdefault(name, question.key) != question.key:
                values = {"name": name, "owner": owners[name]}
                yield Finding("duplicate_key", question.key, "the name {name} belongs to {owner} too", values)


def _unreachable_questions(questions: Sequence[Question]) -> Iterator[Finding]:
    by_key = {question.key: question for question in questions}
    reachable: dict[str, Question] = {}
    for question in questions:
        named = set(named_questions(question.show_if or {}))
        circle = {key for key in named if question.key in _all_named(key, by_key)}
        if circle or question.key in named:
            yield Finding("cycle", question.key, "is asked depending on itself")
        elif named - by_key.keys():
            yield Finding("dead_end", question.key, "depends on a question that does not exist")
        elif not named <= reachable.keys():
            yield Finding("dead_end", question.key, "depends on a question that comes later or is never asked")
        elif question.show_if is not None and not _can_hold(question.show_if, by_key):
            yield Finding("dead_end", question.key, "depends on an answer that cannot be given")
        else:
            reachable[question.key] = question


def _all_named(key: str, by_key: Mapping[str, Question]) -> set[str]:
    """Every question on which this one depends, directly or through others."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        question = by_key.get(waiting.pop())
        new = set(named_questions(question.show_if or {})) - found if question else set()
        found |= new
        waiting += new
    return found


def _can_hold(condition: Mapping[str, Any], by_key: Mapping[str, Question]) -> bool:
    match condition:
        case {"all": parts}:
            return all(_can_hold(part, by_key) for part in parts)
        case {"any": parts}:
            return any(_can_hold(part, by_key) for part in parts)
        case {"question": key, "equals": wanted}:
            return _can_be(by_key[key], wanted)
        case {"question": key, "in": wanted}:
            return any(_can_be(by_key[key], each) for each in wanted)
        case {"question": key, "at_least": bound}:
            return by_key[key].question_type == "number" and _below(bound, by_key[key].max)
        case {"question": key, "at_most": bound}:
            return by_key[key].question_type == "number" and _below(by_key[key].min, bound)
    raise ValueError("not a condition")


def _can_be(question: Question, value: str | float) -> bool:
    if question.options:
        return isinstance(value, str) and question.option(value) is not None
    if question.question_type == "text":
        return isinstance(value, str)
    return not isinstance(value, str) and _below(question.min, value) and _below(value, question.max)


def _below(low: float | None, high: float | None) -> bool:
    return low is None or high is None or low <= high


def _facts_said(question: Question) -> set[str]:
    said = {name for option in question.options for name in option.facts}
    return said | {question.fact} if question.fact else said


def _features_not_fed(questions: Sequence[Question]) -> Iterator[Finding]:
    facts = set[str]().union(*map(_facts_said, questions))
    # Any number that is an income will do: which features come out depends on which facts there are.
    fed = features_of(dict.fromkeys(facts, 2))
    for feature in BOUNDS:
        if feature not in fed:
            yield Finding(
                "feature_not_fed", None, "no answer determines {feature}; a score lacks it", {"feature": feature}
            )


def _facts_fed_twice(questions: Sequence[Question]) -> Iterator[Finding]:
    """Two questions that may be asked of the same person; a gate and what is behind it are not such a pair."""
    asked_of_all = Counter(name for each in questions if each.show_if is None for name in _facts_said(each))
    for fact, count in asked_of_all.items():
        if count > 1:
            values = {"count": count, "fact": fact}
            yield Finding("fact_fed_twice", None, "{count} questions say {fact}; the later answer counts", values)


def _missing_texts(questions: Sequence[Question]) -> Iterator[Finding]:
    for language in LANGUAGES:
        lacking = [question.key for question in questions if not _speaks(question, language)]
        if lacking:
            values = {"count": len(lacking), "language": language}
            yield Finding("language_missing", lacking[0], "{count} questions lack texts in {language}", values)


def _speaks(question: Question, language: str) -> bool:
    return language in question.texts and all(language in option.labels for option in question.options)

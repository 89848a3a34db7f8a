"""Flat answers: `{key: value}` as an app that knows the questions' names sends them, for one calculation."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from survey_service.domain.answers import BadAnswer, read_answer
from survey_service.domain.catalogue import Answer, Catalogue, snake_case
from survey_service.domain.conditions import shown_questions
from survey_service.domain.facts import facts_of_answer


@dataclass(frozen=True, slots=True)
class FlatReading:
    """The answers by question key, the names that were ignored, and what is wrong with others, by name as sent.

    `names` holds the name as sent of every question that was answered.
    """

    answers: dict[str, Answer]
    ignored: list[str]
    bad: dict[str, BadAnswer]
    names: dict[str, str]

    def names_saying_only(self, catalogue: Catalogue, facts: AbstractSet[str]) -> list[str]:
        """The names, as sent, of answers that say something, and nothing but these facts."""
        said = {key: facts_of_answer(catalogue.by_key[key], answer) for key, answer in self.answers.items()}
        return [self.names[key] for key, its_facts in said.items() if its_facts and its_facts.keys() <= facts]


def read_flat_answers(catalogue: Catalogue, flat: Mapping[str, object]) -> FlatReading:
    """Match names to questions by key or alias, in any spelling, and read their answers.

    With a question `monthly_income` that names the fact `income`, `{"monthlyIncome": "3000", "favouriteColour": 1}`
    gives the answer `{"monthly_income": 3000}` and ignores `favouriteColour`. A bad answer to a question without facts
    is ignored too: it could not have changed anything. null is no answer. A question that other answers rule out is
    ignored; one whose condition is still open counts, since flat answers need not be complete.
    """
    named, unknown, bad = _name_questions(catalogue, flat)
    answers: dict[str, Answer] = {}
    for key, name in named.items():
        try:
            answers[key] = read_answer(catalogue.by_key[key], flat[name])
        except BadAnswer as problem:
            bad[name] = problem
    shown = shown_questions(catalogue, answers)
    ruled_out = {key for key in named if shown[key] is False}
    harmless = {key for key, name in named.items() if name in bad and not catalogue.by_key[key].has_facts}
    for key in ruled_out | harmless:
        answers.pop(key, None)
        bad.pop(named[key], None)
    ignored = [name for key, name in named.items() if key in ruled_out | harmless]
    return FlatReading(answers, unknown + ignored, bad, named)


def _name_questions(
    catalogue: Catalogue, flat: Mapping[str, object]
) -> tuple[dict[str, str], list[str], dict[str, BadAnswer]]:
    """The name under which each question is answered, the names that are no question's, and those named twice."""
    named: dict[str, str] = {}
    unknown: list[str] = []
    bad: dict[str, BadAnswer] = {}
    for name, raw in flat.items():
        question = catalogue.by_name.get(snake_case(name))
        if question is None:
            unknown.append(name)
        elif raw is not None and named.setdefault(question.key, name) != name:
            bad[name] = BadAnswer("names a question that another key names too")
    return named, unknown, bad

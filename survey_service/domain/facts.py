"""From answers to facts: what each answer says as a number, and what several answers say together."""

from survey_service.domain.catalogue import Answer, Answers, Catalogue, Question
from survey_service.domain.features import LATE_COUNTS, MADE_OF, Facts


def facts_of(catalogue: Catalogue, answers: Answers) -> dict[str, int | float]:
    """All facts of these answers, later questions going before earlier ones.

    Late counts are the exception: a late payment counts once, at its worst, and two questions may see it both, so the
    larger count stays. `late30` from a first question as 3 and from a later one as 1 is 3; `income` would be the later.
    """
    facts: dict[str, int | float] = {}
    for question in catalogue.questions:
        if question.key not in answers:
            continue
        for name, value in facts_of_answer(question, answers[question.key]).items():
            facts[name] = max(value, facts.get(name, value)) if name in LATE_COUNTS else value
    return facts


def facts_of_answer(question: Question, answer: Answer) -> dict[str, int | float]:
    """A number is its question's fact; an option brings its own facts, and the options of one answer add up.

    Choosing `car` with `{"lines": 1}` and `home` with `{"lines": 1, "mortgages": 1}` says 2 lines and 1 mortgage.
    """
    if question.fact is not None and isinstance(answer, int | float):
        return {question.fact: answer}
    totals: dict[str, int | float] = {}
    for value in answer if isinstance(answer, list) else [answer]:
        option = question.option(value) if isinstance(value, str) else None
        for name, number in (option.facts if option else {}).items():
            totals[name] = totals.get(name, 0) + number
    return totals


def replace_facts(base: Facts, new: Facts) -> dict[str, int | float]:
    """The facts of `base`, with those of `new` in their place: what a person said before, and what is different now.

    450 owed of a limit of 1,500 become 150 of 1,500 by `{"card_balance": 150}`. A ratio that is now given itself takes
    the place of the amounts too, or they would win over it: by `{"utilisation": 0.1}` both are gone.
    """
    outdated = {amount for ratio, amounts in MADE_OF.items() if ratio in new for amount in amounts}
    return {name: value for name, value in base.items() if name not in outdated} | dict(new)

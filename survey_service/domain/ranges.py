"""What a chosen option leaves open: its number stands for a band of numbers, and so may the features made of it."""

from collections.abc import Mapping
from math import ceil, floor

from survey_service.domain.catalogue import Answers, Catalogue, Question
from survey_service.domain.facts import facts_of, facts_of_answer
from survey_service.domain.features import COUNTS, Facts, features_of

Range = tuple[float, float]
# The larger these are, the smaller is the ratio.
DIVISORS = ("card_limit", "income")


def ranges_of_facts(catalogue: Catalogue, answers: Answers) -> dict[str, Range]:
    """Between which numbers each fact lies that was chosen as a band; one that was given as a number is not named."""
    facts, ranges = facts_of(catalogue, answers), dict[str, Range]()
    for question in catalogue.questions:
        if question.key not in answers:
            continue
        for name, value in facts_of_answer(question, answers[question.key]).items():
            if value == facts[name]:  # of two questions that say the same fact, the one that counts
                ranges[name] = band(question, name, value)
    return {name: (low, high) for name, (low, high) in ranges.items() if low < high}


def band(question: Question, name: str, value: float) -> Range:
    """The numbers an option stands for: half-way to its neighbours', of which nothing is always one.

    Of the choices 1000, 3000 and 5000, 1000 stands for 500 to 2000, and 5000, beyond which there is none, for 4000 to
    6000. 0 stands for itself. A count is whole: of 0, 2 and 5 times, 2 stands for 1 to 3.
    """
    if question.question_type != "single_choice" or value <= 0:
        return value, value
    offered = {option.facts[name] for option in question.options if name in option.facts}
    below = value - max(each for each in (0, *offered) if each < value)
    above = min((each - value for each in offered if each > value), default=below)
    low, high = value - below / 2, value + above / 2
    return (ceil(low), floor(high)) if name in COUNTS else (low, high)


def ranges_of(facts: Facts, of_facts: Mapping[str, Range]) -> dict[str, Range]:
    """Between which values each feature lies whose facts are bands.

    Payments of 900 and an income of 2000 to 4000 are a debt ratio of 0.225 to 0.45.
    """
    either = {name: of_facts.get(name, (value, value)) for name, value in facts.items()}
    least = features_of({name: ends[name in DIVISORS] for name, ends in either.items()})
    most = features_of({name: ends[name not in DIVISORS] for name, ends in either.items()})
    return {
        name: (low, high)
        for name, low in least.items()
        if low is not None and (high := most.get(name)) is not None and low < high
    }

"""How far somebody is through the survey."""

from dataclasses import dataclass

from survey_service.domain.catalogue import Answers, Catalogue
from survey_service.domain.conditions import shown_questions


@dataclass(frozen=True, slots=True)
class Progress:
    """Question ids in the catalogue's order. `total` counts what is answered and what is missing."""

    answered: tuple[int, ...]
    missing: tuple[int, ...]
    total: int
    percent: int
    complete: bool


def progress_of(catalogue: Catalogue, answers: Answers) -> Progress:
    """The questions asked and answered, and those asked, required and open.

    Optional questions count once they are answered. With 3 answered and 4 missing: total 7, 42 percent, rounded down so
    that 100 always means complete.
    """
    shown = shown_questions(catalogue, answers)
    asked = [question for question in catalogue.questions if shown[question.key]]
    answered = tuple(question.id for question in asked if question.key in answers)
    missing = tuple(question.id for question in asked if question.is_required and question.key not in answers)
    total = len(answered) + len(missing)
    percent = 100 * len(answered) // total if total else 100
    return Progress(answered, missing, total, percent, complete=not missing)

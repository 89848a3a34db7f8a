"""Everything that can go wrong here and has a name."""

from collections.abc import Iterable

from service_kit.problems import Conflict, NotFound, Problem


class ScoreNotFound(NotFound):
    code, title = "score_not_found", "There is no score yet; calculate one first."


class SurveyIncomplete(Conflict):
    """`missing` in the problem document names what nobody answered; without it a score would reward silence."""

    code, title = "survey_incomplete", "The score needs answers that are missing."
    detail_template = "The score needs answers that are missing: {names}."

    def __init__(self, missing: Iterable[str] = ()) -> None:
        names = list(missing)
        super().__init__(values={"names": ", ".join(names)}, missing=names)


CONSTRAINTS: dict[str, type[Problem]] = {}

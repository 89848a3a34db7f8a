"""Everything that can go wrong here and has a name."""

from service_kit.problems import Conflict, NotFound, Problem


class SurveyIncomplete(Conflict):
    code, title = "survey_incomplete", "Some required questions have no answer yet; `missing` names them."


class NoCompleteResponse(NotFound):
    code, title = "no_complete_response", "This person has not submitted a complete survey yet."


class VersionPublished(Conflict):
    code, title = "version_published", "A published version never changes; import a new one."


CONSTRAINTS: dict[str, type[Problem]] = {"published_is_immutable": VersionPublished}

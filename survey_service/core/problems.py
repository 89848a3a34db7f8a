"""Everything that can go wrong here and has a name."""

from service_kit.problems import Conflict, NotFound, Problem


class SurveyIncomplete(Conflict):
    code, title = "survey_incomplete", "Some required questions have no answer yet; `missing` names them."


class ChangedMeanwhile(Problem):
    code, status, title = "changed_meanwhile", 412, "It was changed since you read it; read it again first."


class NoCompleteResponse(NotFound):
    code, title = "no_complete_response", "This person has not submitted a complete survey yet."


class VersionNotFound(NotFound):
    code, title = "version_not_found", "There is no such version of the questions."


class QuestionNotFound(NotFound):
    code, title = "question_not_found", "There is no such question."


class NotPublishable(Conflict):
    code, title = "catalogue_not_publishable", "This version cannot be published; `errors` says what to mend first."


class VersionPublished(Conflict):
    code, title = "version_published", "A published version never changes; import a new one."


class ExportTooLarge(Conflict):
    code, title = "export_too_large", "These are more answers than a workbook can be made of at once."
    detail_template = "These are {count} answers; a workbook holds {most}. Ask for a shorter period, or for CSV."


CONSTRAINTS: dict[str, type[Problem]] = {"published_is_immutable": VersionPublished}

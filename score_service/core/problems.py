"""Everything that can go wrong here and has a name."""

from collections.abc import Iterable

from service_kit.problems import Conflict, Forbidden, NotFound, Problem


class ScoreNotFound(NotFound):
    code, title = "score_not_found", "There is no score yet; calculate one first."


class SurveyIncomplete(Conflict):
    """`missing` in the problem document names what nobody answered; without it a score would reward silence."""

    code, title = "survey_incomplete", "The score needs answers that are missing."
    detail_template = "The score needs answers that are missing: {names}."

    def __init__(self, missing: Iterable[str] = ()) -> None:
        names = list(missing)
        super().__init__(values={"names": ", ".join(names)}, missing=names)


class ConsentRequired(Forbidden):
    code, title = "consent_required", "You have withdrawn your consent to be scored; give it again first."


class DecisionNotFound(NotFound):
    code, title = "decision_not_found", "There is no stored score with this id."


class ModelNotFound(NotFound):
    code, title = "model_not_found", "There is no scorecard with this version."


class ArtifactNotShipped(Conflict):
    """The row is whole, but the file that gave it is not in this installation; the problem names the file."""

    code, title = "artifact_not_shipped", "The scorecard that gave this score is not part of this installation."

    def __init__(self, model_version: str = "", artifact_sha256: str = "") -> None:
        super().__init__(model_version=model_version, artifact_sha256=artifact_sha256)


class InputsNotReplayable(Conflict):
    """No calculation stores such inputs: somebody changed the row."""

    code, title = "inputs_not_replayable", "The stored inputs are not such as a score could come from."
    detail_template = "The stored inputs are not such as a score could come from: {names}."

    def __init__(self, inputs: Iterable[str] = ()) -> None:
        names = list(inputs)
        super().__init__(values={"names": ", ".join(names)}, inputs=names)


class NotTheChallenger(Conflict):
    code, title = "not_the_challenger", "Only the challenger can be promoted."


class ChecksFailed(Conflict):
    code, title = "checks_failed", "The scorecard does not pass the checks that a champion needs."
    detail_template = "The scorecard does not pass the checks that a champion needs: {names}."

    def __init__(self, checks: Iterable[str] = ()) -> None:
        names = list(checks)
        super().__init__(values={"names": ", ".join(names)}, checks=names)


class SecondAdministratorNeeded(Conflict):
    code, title = "second_administrator_needed", "You proposed this yourself; a second administrator must approve it."


class ProposalExpired(Conflict):
    code, title = "proposal_expired", "This proposal has expired; propose again."


class DisputeNotFound(NotFound):
    code, title = "dispute_not_found", "There is no dispute with this id."


class DisputeOpen(Conflict):
    code, title = "dispute_open", "You already dispute this, and it is not resolved yet."


class DisputeResolved(Conflict):
    code, title = "dispute_resolved", "This dispute is resolved."


class AlreadyExtended(Conflict):
    code, title = "already_extended", "This dispute's time was extended once already."


class OwnDispute(Conflict):
    code, title = "own_dispute", "Nobody decides a dispute of their own."


class OverrideNotFound(NotFound):
    code, title = "override_not_found", "There is no override with this id."


class OverrideInForce(Conflict):
    code, title = "override_in_force", "This person's score is overridden already; withdraw that first."


class OverrideEnded(Conflict):
    code, title = "override_ended", "This override has ended."


class OwnOverride(Conflict):
    code, title = "own_override", "Nobody decides whether their own score is overridden."


class PortfolioTooLarge(Problem):
    """A file may be small and unpack to anything; what scores it has so much memory, time and disk, and no more."""

    code, status, title = "portfolio_too_large", 413, "The file takes more memory, time or space than it may have here."


CONSTRAINTS: dict[str, type[Problem]] = {
    "ck_promotions_two_administrators": SecondAdministratorNeeded,
    "ck_promotions_approved_in_time": ProposalExpired,
    "uq_disputes_open": DisputeOpen,
    "ck_disputes_not_ones_own": OwnDispute,
    "ck_disputes_not_extended_by_oneself": OwnDispute,
    "uq_overrides_in_force": OverrideInForce,
    "ck_overrides_not_ones_own": OwnOverride,
}

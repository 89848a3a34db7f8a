"""Everything that can go wrong here and has a name."""

from service_kit.problems import Conflict, NotFound, Problem


class AlertNotFound(NotFound):
    code, title = "alert_not_found", "You have no alert with this id."


class GoalNotFound(NotFound):
    code, title = "goal_not_found", "You have not set a goal yet."


class AlertExists(Conflict):
    code, title = "alert_exists", "This event has already made an alert of this kind."


class WebhookNotFound(NotFound):
    code, title = "webhook_not_found", "You have no webhook with this id."


class DeadLetterNotFound(NotFound):
    code, title = "dead_letter_not_found", "There is no delivery with this id."


class WebhookExists(Conflict):
    code, title = "webhook_exists", "You have a webhook to this address already; delete it first to have a new secret."


class TooManyWebhooks(Conflict):
    code, title = "too_many_webhooks", "You have as many webhooks as are allowed."
    detail_template = "You have {most} webhooks already; delete one of them first."


class TooManyStreams(Problem):
    code, status, title = "too_many_streams", 429, "You follow your alerts in too many places at once."
    detail_template = "You follow your alerts in {most} places already; close one of them first."


CONSTRAINTS: dict[str, type[Problem]] = {
    "uq_alerts_dedupe_key": AlertExists,
    "uq_webhooks_user_id_url_hash": WebhookExists,
}

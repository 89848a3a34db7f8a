"""Everything that can go wrong here and has a name."""

from service_kit.problems import Conflict, NotFound, Problem


class AlertNotFound(NotFound):
    code, title = "alert_not_found", "You have no alert with this id."


class GoalNotFound(NotFound):
    code, title = "goal_not_found", "You have not set a goal yet."


class AlertExists(Conflict):
    code, title = "alert_exists", "This event has already made an alert of this kind."


CONSTRAINTS: dict[str, type[Problem]] = {"uq_alerts_dedupe_key": AlertExists}

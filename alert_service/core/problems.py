"""Everything that can go wrong here and has a name."""

from service_kit.problems import NotFound


class AlertNotFound(NotFound):
    code, title = "alert_not_found", "You have no alert with this id."

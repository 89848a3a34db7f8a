"""What callers may do here: people read and tidy their own alerts; only the score service reports scores."""

from typing import Annotated

from fastapi import Depends

from service_kit.auth import OwnUserId, Person, ServiceCaller

# By the `{user_id}` of the path: one's own, or anybody's for an administrator.
ReadAlerts = OwnUserId
DeleteAlerts = OwnUserId
ReadScoreUpdates = OwnUserId
ReadMilestones = OwnUserId

MarkOwnAlerts = Person
ReportScores = Annotated[str, Depends(ServiceCaller("score_service"))]

"""What callers may do here: people see to their own alerts and goals; other services say what only they know."""

from typing import Annotated

from fastapi import Depends

from service_kit.auth import Administrator, OwnUserId, Person, PersonForCertain, ServiceCaller

# By the `{user_id}` of the path: one's own, or anybody's for an administrator.
ReadAlerts = OwnUserId
DeleteAlerts = OwnUserId
ReadScoreUpdates = OwnUserId
ReadMilestones = OwnUserId
ManageGoal = OwnUserId

MarkOwnAlerts = Person
FollowOwnAlerts = Person
# A webhook hands a person's alerts out, so adding one is held to what credentials are.
ManageOwnWebhooks = PersonForCertain
ReplayDeadLetters = Administrator
ReportScores = Annotated[str, Depends(ServiceCaller("score_service"))]
TellPreferences = Annotated[str, Depends(ServiceCaller("profile_service"))]
ReportSecurity = Annotated[str, Depends(ServiceCaller("user_service"))]
TellAddresses = Annotated[str, Depends(ServiceCaller("user_service"))]

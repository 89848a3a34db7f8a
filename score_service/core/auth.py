"""What callers may do here: a person calculates and reads their own scores, an administrator anybody's.

Administrators also audit what was decided, and say which scorecard decides.
"""

from typing import Annotated

from fastapi import Depends

from service_kit.auth import Administrator, OwnUserId, Person, ServiceCaller

ReadScores = OwnUserId
WriteScores = OwnUserId
ReadModels = Person
AuditScores = Administrator
PromoteModels = Administrator
ScorePortfolios = Administrator
OverrideScores = Administrator
ContestScores = Person
ResolveDisputes = Administrator
TellConsents = Annotated[str, Depends(ServiceCaller("profile_service"))]

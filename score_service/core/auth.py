"""What callers may do here: a person calculates and reads their own scores, an administrator anybody's.

Administrators also audit what was decided, and say which scorecard decides.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path

from score_service.core.problems import DecisionNotFound, DisputeNotFound, OverrideNotFound
from service_kit.auth import Administrator, OwnUserId, Person, ServiceCaller
from service_kit.problems import id_of

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


async def _any_score_id(score_id: Annotated[str, Path(description="`score_id` of a history's item")]) -> UUID:
    return id_of(score_id, DecisionNotFound)


async def _any_dispute_id(dispute_id: Annotated[str, Path(description="Anybody's dispute")]) -> UUID:
    return id_of(dispute_id, DisputeNotFound)


async def _any_override_id(override_id: Annotated[str, Path(description="Anybody's override")]) -> UUID:
    return id_of(override_id, OverrideNotFound)


AnyScoreId = Annotated[UUID, Depends(_any_score_id)]
AnyDisputeId = Annotated[UUID, Depends(_any_dispute_id)]
AnyOverrideId = Annotated[UUID, Depends(_any_override_id)]

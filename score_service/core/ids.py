"""The ids of paths. What is no id at all is answered as a thing that is not there."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path

from score_service.core.problems import DecisionNotFound, DisputeNotFound, OverrideNotFound
from service_kit.problems import id_of


async def _any_score_id(score_id: Annotated[str, Path(description="`score_id` of a history's item")]) -> UUID:
    return id_of(score_id, DecisionNotFound)


async def _any_dispute_id(dispute_id: Annotated[str, Path(description="Anybody's dispute")]) -> UUID:
    return id_of(dispute_id, DisputeNotFound)


async def _any_override_id(override_id: Annotated[str, Path(description="Anybody's override")]) -> UUID:
    return id_of(override_id, OverrideNotFound)


AnyScoreId = Annotated[UUID, Depends(_any_score_id)]
AnyDisputeId = Annotated[UUID, Depends(_any_dispute_id)]
AnyOverrideId = Annotated[UUID, Depends(_any_override_id)]

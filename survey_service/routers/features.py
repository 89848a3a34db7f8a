"""`/survey/features`: for the score service."""

from typing import Any

from fastapi import APIRouter

from service_kit.database import ReadOnly
from service_kit.problems import Forbidden, Unauthenticated, problems
from survey_service.core.auth import AnyUserId, DeriveFeatures, ReadFeatures
from survey_service.core.problems import NoCompleteResponse
from survey_service.schemas.features import FeaturesOut, FlatAnswersIn, FlatFeaturesOut
from survey_service.services import features as features_service

router = APIRouter(prefix="/survey/features", tags=["features"], responses=problems(Unauthenticated))


@router.get("/{user_id}", responses=problems(Forbidden, NoCompleteResponse), response_model=FeaturesOut)
async def get_features(_: ReadFeatures, user_id: AnyUserId, db: ReadOnly) -> Any:
    """The features of a person's newest submission, with where they come from."""
    return await features_service.get_features(db, user_id)


@router.post("", response_model=FlatFeaturesOut)
async def derive_features(_: DeriveFeatures, payload: FlatAnswersIn, db: ReadOnly) -> Any:
    """The features that flat answers determine; nothing is stored."""
    return await features_service.derive_features(db, payload)

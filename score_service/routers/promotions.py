"""`/scores/admin/models`: champion and challenger, and the change from one to the other."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from score_service.core.auth import AuditScores, PromoteModels
from score_service.core.problems import (
    ChecksFailed,
    ModelNotFound,
    NotTheChallenger,
    ProposalExpired,
    SecondAdministratorNeeded,
)
from score_service.schemas.promotions import GovernedModelsOut, PromotionOut
from score_service.services import promotions as promotions_service
from score_service.services.scorecards import SettingsScorecards
from service_kit.database import ReadOnly, Transaction
from service_kit.idempotency import Idempotency, KeyReused, KeyStillRunning
from service_kit.problems import Forbidden, Unauthenticated, Unavailable, problems

router = APIRouter(
    prefix="/scores/admin/models", tags=["governance"], responses=problems(Unauthenticated, Forbidden, Unavailable)
)

ModelVersion = Annotated[str, Path(description="`version` of a scorecard")]


@router.get("", response_model=GovernedModelsOut)
async def list_models(_: AuditScores, db: ReadOnly, scorecards: SettingsScorecards) -> Any:
    """List the scorecards with their states and checks, how champion and challenger compare, and all promotions."""
    return await promotions_service.list_models(db, scorecards)


@router.post(
    "/{version}/promote",
    responses=problems(
        ModelNotFound,
        NotTheChallenger,
        ChecksFailed,
        SecondAdministratorNeeded,
        ProposalExpired,
        KeyStillRunning,
        KeyReused,
    ),
    response_model=PromotionOut,
)
async def promote_model(
    administrator: PromoteModels,
    db: Transaction,
    scorecards: SettingsScorecards,
    version: ModelVersion,
    key: Idempotency,
) -> Any:
    """Propose the challenger as champion; called by a second administrator within seven days, approve it."""
    return await promotions_service.promote_model(db, scorecards, version, administrator.user_id, key)

"""Which scorecard decides: two administrators' act, and only for one that keeps the limits."""

from typing import Any
from uuid import UUID

from score_service.core.problems import ChecksFailed, NotTheChallenger
from score_service.crud import promotions as promotions_crud
from score_service.domain.bands import BAND_FLOORS
from score_service.domain.promotion import checks
from score_service.domain.scorecard import Scorecard
from score_service.models import idempotency_keys
from score_service.schemas.promotions import PromotionOut
from score_service.services.scorecards import Scorecards, get_scorecard, in_force
from service_kit.database import Reads, Transaction
from service_kit.idempotency import Idempotency, once
from service_kit.schemas import utc_now

_INNER_FLOORS = tuple(BAND_FLOORS.values())[1:]


async def list_models(db: Reads, scorecards: Scorecards) -> dict[str, Any]:
    now = await in_force(db, scorecards)
    promotions = await promotions_crud.list_promotions(db)
    champion, challenger = now.champion.version, now.challenger.version
    compared = await promotions_crud.compare_scores(db, champion, challenger, _INNER_FLOORS)
    retired = {each.replaces for each in promotions if each.approved_at is not None}
    return {
        "items": [_model(each, _state(each, now, retired)) for each in now.by_version.values()],
        "comparison": {"champion": champion, "challenger": challenger, **compared._mapping},
        "promotions": [_promotion(each) for each in reversed(promotions)],
    }


async def promote_model(
    db: Transaction, scorecards: Scorecards, version: str, administrator: UUID, key: Idempotency
) -> Any:
    """The first call proposes, the second administrator's approves; the table's constraint tells the two apart."""

    async def promote() -> PromotionOut:
        await promotions_crud.lock_promotions(db)
        now = await in_force(db, scorecards)
        scorecard = get_scorecard(now, version)
        _check(scorecard, now)
        proposal = await promotions_crud.find_proposal(db, version, now.champion.version)
        if proposal is not None:
            return _promotion(await promotions_crud.approve_proposal(db, proposal.number, administrator))
        made = {
            "version": version,
            "artifact_sha256": scorecard.sha256,
            "replaces": now.champion.version,
            "proposed_by": administrator,
        }
        return _promotion(await promotions_crud.create_proposal(db, made))

    return await once(db, idempotency_keys, key, promote)


def _check(scorecard: Scorecard, now: Scorecards) -> None:
    if scorecard is not now.challenger:
        raise NotTheChallenger
    failed = [check.name for check in checks(scorecard) if not check.passed]
    if failed:
        raise ChecksFailed(failed)


def _model(scorecard: Scorecard, state: str) -> dict[str, Any]:
    return {
        "version": scorecard.version,
        "state": state,
        "kind": scorecard.kind,
        "sha256": scorecard.sha256,
        "trained_on": scorecard.trained_on,
        "features": scorecard.feature_names,
        "checks": checks(scorecard),
    }


def _state(scorecard: Scorecard, now: Scorecards, retired: set[str]) -> str:
    if scorecard is now.champion:
        return "champion"
    if scorecard is now.challenger:
        return "challenger"
    return "retired" if scorecard.version in retired else "draft"


def _promotion(row: Any) -> PromotionOut:
    waiting = "proposed" if utc_now() < row.expires_at else "expired"
    return PromotionOut(**row._mapping, state=waiting if row.approved_at is None else "approved")

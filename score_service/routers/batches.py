"""`/scores/admin/batch`: the same scores, for a file of people."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Query, UploadFile
from fastapi.responses import StreamingResponse

from score_service.core.auth import ScorePortfolios
from score_service.core.problems import ModelNotFound, PortfolioTooLarge
from score_service.services import batches as batches_service
from score_service.services.scorecards import LoadedScorecards, get_scorecard
from service_kit.problems import BodyTooLarge, Forbidden, Malformed, Unauthenticated, Unavailable, problems

router = APIRouter(
    prefix="/scores/admin", tags=["governance"], responses=problems(Unauthenticated, Forbidden, Unavailable)
)

MEDIA = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
SCORED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The same columns, and `score`, `probability_of_default`, `band`, `reasons`, `clipped`, `error`",
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()},
    }
}

People = Annotated[UploadFile, File(description="CSV in UTF-8 or Parquet; columns are features by their wire names")]
ModelVersion = Annotated[str | None, Query(max_length=50, description="A scorecard's version; the champion's if none")]


@router.post(
    "/batch",
    responses={**SCORED, **problems(Malformed, ModelNotFound, BodyTooLarge, PortfolioTooLarge, Unavailable)},
    response_class=StreamingResponse,
)
async def score_batch(
    _: ScorePortfolios, scorecards: LoadedScorecards, file: People, model_version: ModelVersion = None
) -> StreamingResponse:
    """Score a file of people; nothing is stored, and a row that cannot be scored says why."""
    scorecard = scorecards.champion if model_version is None else get_scorecard(scorecards, model_version)
    kind, pieces = await batches_service.score_batch(scorecard, file.file)
    headers = {"Content-Disposition": f'attachment; filename="scored.{kind}"'}
    return StreamingResponse(pieces, headers=headers, media_type=MEDIA[kind])

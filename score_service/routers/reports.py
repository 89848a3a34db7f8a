"""`/scores/{user_id}/report.pdf`: the current score on paper."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from score_service.core.auth import ReadScores
from score_service.core.problems import ArtifactNotShipped, ScoreNotFound
from score_service.services import reports as reports_service
from score_service.services.scorecards import LoadedScorecards
from service_kit.database import ReadOnly
from service_kit.languages import CallersLanguage, language_headers
from service_kit.problems import NotFound, Unauthenticated, Unavailable, problems

router = APIRouter(prefix="/scores/{user_id}", tags=["scores"], responses=problems(Unauthenticated))

FAILURES = problems(NotFound, ScoreNotFound, ArtifactNotShipped, Unavailable)
PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One page or two, in the caller's language",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    "/report.pdf",
    responses={**PDF, **FAILURES},
    response_class=Response,
)
async def get_report(
    user_id: ReadScores, db: ReadOnly, scorecards: LoadedScorecards, language: CallersLanguage
) -> Response:
    """The current score to keep or to print: gauge, history, factors, reasons and what would raise it."""
    content = await reports_service.get_report(db, scorecards, user_id, language)
    headers = {**language_headers(language), "Content-Disposition": 'attachment; filename="credit-score-report.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)

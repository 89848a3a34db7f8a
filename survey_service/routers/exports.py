"""`/survey/admin/export`."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from service_kit.database import ReadOnly
from service_kit.languages import CallersLanguage, language_headers
from service_kit.problems import Forbidden, Unauthenticated, Unavailable, problems
from survey_service.core.auth import ReadStatistics
from survey_service.core.problems import ExportTooLarge
from survey_service.schemas.statistics import ExportIn
from survey_service.services import exports as exports_service

router = APIRouter(
    prefix="/survey/admin", tags=["statistics"], responses=problems(Unauthenticated, Forbidden, Unavailable)
)

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One line an answer",
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in (CSV, XLSX)},
    }
}


@router.get("/export", responses={**FILES, **problems(ExportTooLarge)}, response_class=StreamingResponse)
async def export_answers(
    _: ReadStatistics, db: ReadOnly, query: Annotated[ExportIn, Query()], language: CallersLanguage
) -> StreamingResponse:
    """Every submitted answer as a file, by version and period; no cell of it is ever run as a formula."""
    headers = {**language_headers(language), "Content-Disposition": f'attachment; filename="answers.{query.format}"'}
    if query.format == "csv":
        return StreamingResponse(exports_service.export_csv(db, query, language), headers=headers, media_type=CSV)
    pieces = await exports_service.export_workbook(db, query, language)
    return StreamingResponse(pieces, headers=headers, media_type=XLSX)

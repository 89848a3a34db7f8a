"""`/survey/admin`: versions of the catalogue, imported and published by administrators."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Query, Request, Response, UploadFile

from service_kit.database import ReadOnly, Transaction
from service_kit.idempotency import IdempotencyHeader, IdempotencyKey, KeyReused, KeyStillRunning, key_of, once
from service_kit.languages import CallersLanguage
from service_kit.pagination import Cursor, Limit, Page
from service_kit.problems import Forbidden, Malformed, Unauthenticated, Unavailable, problems
from survey_service.core.auth import ManageCatalogue
from survey_service.core.ids import VersionNumber
from survey_service.core.problems import NotPublishable, VersionNotFound, VersionPublished
from survey_service.models import idempotency_keys
from survey_service.schemas.versions import ImportedOut, PublishedOut, VersionOut
from survey_service.services import versions as versions_service

router = APIRouter(
    prefix="/survey/admin", tags=["catalogue"], responses=problems(Unauthenticated, Forbidden, Unavailable)
)

CHECKED: dict[str, Any] = {"model": ImportedOut, "description": "A dry run: what would become of the file"}

DryRun = Annotated[bool, Query(description="Check the file and store nothing")]


async def _uploaded(file: Annotated[UploadFile, File(description="CSV in UTF-8, or XLSX")]) -> bytes:
    return await file.read()


Uploaded = Annotated[bytes, Depends(_uploaded)]


async def _upload_key(
    request: Request, person: ManageCatalogue, content: Uploaded, key: IdempotencyHeader = None
) -> IdempotencyKey | None:
    return key_of(request, person, key, content) if key is not None else None


UploadKey = Annotated[IdempotencyKey | None, Depends(_upload_key)]


@router.get("/versions", response_model=Page[VersionOut])
async def list_versions(_: ManageCatalogue, db: ReadOnly, limit: Limit = 20, cursor: Cursor = None) -> Any:
    """List the versions of the catalogue, newest first."""
    return await versions_service.list_versions(db, cursor, limit)


@router.post(
    "/import-questions",
    status_code=201,
    responses={200: CHECKED, **problems(Malformed, KeyReused, KeyStillRunning)},
    response_model=ImportedOut,
)
async def import_questions(
    _: ManageCatalogue,
    db: Transaction,
    content: Uploaded,
    key: UploadKey,
    *,
    language: CallersLanguage,
    response: Response,
    dry_run: DryRun = False,
) -> Any:
    """Import a file of questions as the next draft; a dry run (200) only checks it."""
    if dry_run:
        response.status_code = 200
        return await versions_service.import_questions(db, content, language, dry_run=True)
    work = partial(versions_service.import_questions, db, content, language, dry_run=False)
    return await once(db, idempotency_keys, key, work, status=201)


@router.post(
    "/versions/{version}/publish",
    responses=problems(VersionNotFound, VersionPublished, NotPublishable),
    response_model=PublishedOut,
)
async def publish_version(
    _: ManageCatalogue, db: Transaction, version: VersionNumber, language: CallersLanguage
) -> Any:
    """Publish a draft; from now on it is the survey."""
    return await versions_service.publish_version(db, version, language)

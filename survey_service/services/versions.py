"""How a catalogue comes into use: imported as a draft, checked, published, and never changed again."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from service_kit.database import Reads, Transaction
from service_kit.languages import Language, read_texts
from service_kit.pagination import decode_cursor, page_of
from service_kit.problems import FieldError, Malformed, malformed, pointer_of
from survey_service.core.problems import NotPublishable, VersionPublished
from survey_service.crud import questions as questions_crud
from survey_service.crud import versions as versions_crud
from survey_service.domain.catalogue import Question
from survey_service.domain.catalogue_files import read_file
from survey_service.domain.catalogue_rows import RowError, read_rows
from survey_service.domain.publishing import Finding, faults_of, warnings_of
from survey_service.domain.workbooks import BadFile
from survey_service.schemas.versions import FindingOut, ImportedOut, PublishedOut
from survey_service.services import questions as questions_service

BUILTIN = Path(__file__).parents[1] / "scripts" / "sample_questions.csv"
ERRORS_MAX = 200
TEXTS = read_texts("survey_service")


async def list_versions(db: Reads, cursor: str | None, limit: int) -> dict[str, Any]:
    place = decode_cursor(cursor, int)
    rows = await versions_crud.list_versions(db, place[0] if place else None, limit + 1)
    items, following = page_of(rows, limit, lambda row: [row.version])
    return {"items": items, "next": following}


async def import_questions(db: Transaction, content: bytes, language: Language, *, dry_run: bool) -> ImportedOut:
    """Store a file's questions as the next draft; a dry run only says what would become of them."""
    questions = await asyncio.to_thread(_read_file, content)
    version = None if dry_run else await _create_draft(db, questions)
    in_order = sorted(questions, key=lambda question: question.order)
    return ImportedOut(
        version=version,
        question_count=len(questions),
        faults=_findings(faults_of(in_order), language),
        warnings=_findings(warnings_of(in_order), language),
    )


async def publish_version(db: Transaction, version: int, language: Language) -> PublishedOut:
    """Publish a draft if everybody can answer it; from now on it is the survey."""
    if (await versions_crud.get_version_for_update(db, version)).status == "published":
        raise VersionPublished
    questions = (await questions_service.read_catalogue(db, version)).questions
    faults = faults_of(questions)
    if faults:
        raise NotPublishable(errors=[_field_error(("questions", each.key or ""), each) for each in faults])
    await versions_crud.publish_version(db, version)
    return PublishedOut(version=version, published=True, warnings=_findings(warnings_of(questions), language))


async def publish_builtin(db: Transaction) -> None:
    """Publish the built-in questions as version 1, unless there is one.

    Two replicas starting at once end in one version: the second waits for the first, and finds it there.
    """
    if await versions_crud.create_version(db, 1):
        questions = _read_file(BUILTIN.read_bytes())
        await questions_crud.create_questions(db, 1, [_columns(question) for question in questions])
        await versions_crud.publish_version(db, 1)


def _read_file(content: bytes) -> list[Question]:
    try:
        questions, errors = read_rows(read_file(content))
    except BadFile as problem:
        raise malformed("/file", str(problem), **problem.values) from problem
    if errors:
        raise Malformed(errors=[_field_error(("rows", each.row, each.column), each) for each in errors[:ERRORS_MAX]])
    return questions


async def _create_draft(db: Transaction, questions: Sequence[Question]) -> int:
    version = await versions_crud.create_next_version(db)
    await questions_crud.create_questions(db, version, [_columns(question) for question in questions])
    return version


def _columns(question: Question) -> dict[str, Any]:
    columns = asdict(question)
    del columns["id"]
    return columns


def _field_error(place: tuple[int | str, ...], fault: Finding | RowError) -> FieldError:
    return FieldError(pointer=pointer_of(place), message=fault.message, values=fault.values)


def _findings(findings: Sequence[Finding], language: Language) -> list[FindingOut]:
    say = TEXTS[language].say
    return [FindingOut(code=each.code, key=each.key, message=say(each.message, each.values)) for each in findings]

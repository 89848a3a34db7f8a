"""Every submitted answer as a file, one line each, read a page at a time so that its size costs no memory."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from service_kit.database import Reads
from service_kit.languages import Language
from survey_service.core.problems import ExportTooLarge
from survey_service.crud import exports as exports_crud
from survey_service.domain.languages import in_language
from survey_service.domain.spreadsheet_cells import Cell, answer_cell, neutral
from survey_service.schemas.statistics import StatisticsIn

COLUMNS = ("response_id", "user_id", "version", "started_at", "submitted_at", "key", "question", "answer")
RESPONSES_AT_ONCE = 200
# A workbook is sent once it is whole, so it must be made within the time a caller waits. CSV has no limit.
WORKBOOK_ANSWERS_MAX = 50_000
CHUNK_BYTES = 65_536
# Without it, spreadsheets take a CSV for one in the machine's old encoding.
BYTE_ORDER_MARK = "\ufeff"

Line = tuple[Cell, ...]


async def export_csv(db: Reads, query: StatisticsIn, language: Language) -> AsyncIterator[bytes]:
    yield (BYTE_ORDER_MARK + _csv([COLUMNS])).encode()
    async for lines in _pages(db, query, language):
        yield _csv(lines).encode()


async def export_workbook(db: Reads, query: StatisticsIn, language: Language) -> Iterator[bytes]:
    """The pieces of a workbook that is whole before the first one is given; ExportTooLarge says how to get more."""
    count = await exports_crud.count_submitted_answers(db, query.version, query.bounds())
    if count > WORKBOOK_ANSWERS_MAX:
        raise ExportTooLarge(values={"count": count, "most": WORKBOOK_ANSWERS_MAX})
    file = TemporaryFile()  # noqa: SIM115 - `_pieces` closes it, after the answer was sent
    try:
        await _write_workbook(file, _pages(db, query, language))
    except BaseException:
        file.close()
        raise
    return _pieces(file)


async def _pages(db: Reads, query: StatisticsIn, language: Language) -> AsyncIterator[list[Line]]:
    """Between two pages nothing is held, so a slow reader keeps no connection from others."""
    after = exports_crud.FIRST
    while rows := await exports_crud.list_submitted_answers(
        db, query.version, query.bounds(), after, RESPONSES_AT_ONCE
    ):
        after = rows[-1].response_id
        yield [_line(row, language) for row in rows]


def _line(row: Any, language: Language) -> Line:
    question = neutral(in_language(row.texts, language))
    started, submitted = (each.isoformat().replace("+00:00", "Z") for each in (row.started_at, row.submitted_at))
    ids = (str(row.response_id), str(row.user_id), row.version)
    return (*ids, started, submitted, neutral(row.key), question, answer_cell(row.value))


def _csv(lines: Sequence[Line]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue()


async def _write_workbook(file: IO[bytes], pages: AsyncIterator[list[Line]]) -> None:
    # `constant_memory` writes each row to disk as soon as the next one begins.
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet("answers")
    _write_lines(sheet, [COLUMNS], 0)
    written = 1
    async for lines in pages:
        await asyncio.to_thread(_write_lines, sheet, lines, written)
        written += len(lines)
    await asyncio.to_thread(book.close)


def _write_lines(sheet: Worksheet, lines: Sequence[Line], first_row: int) -> None:
    for row, line in enumerate(lines, start=first_row):
        for column, cell in enumerate(line):
            # Never `write`, which makes formulas and links of some texts.
            if isinstance(cell, str):
                sheet.write_string(row, column, cell)
            else:
                sheet.write_number(row, column, cell)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(CHUNK_BYTES):
            yield piece

"""Import files: from bytes to the rows of text cells that `catalogue_rows` reads.

A file is not trusted: its size is bounded before it comes here, and its rows and columns are counted here. What kind of
file it is, its first bytes say; its name is whatever the sender wrote.
"""

import csv
import io
from collections.abc import Iterable
from itertools import islice

from survey_service.domain.catalogue_rows import COLUMNS
from survey_service.domain.workbooks import SIGNATURE, BadFile, read_first_sheet

ROWS_MAX = 2_000
REQUIRED_COLUMNS = frozenset({"key", "question_type", "question_group"})


def read_file(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file in UTF-8, with or without a byte order mark, or of an XLSX workbook. Raises BadFile.

    `read_file(b"key,question_type,question_group\\nage,number,you\\n")` is one row of three cells.
    """
    if content.startswith(SIGNATURE):
        return _rows(read_first_sheet(content, rows_max=ROWS_MAX + 1, columns_max=len(COLUMNS)))
    try:
        return _rows(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFile("must be a CSV file in UTF-8 or an XLSX workbook") from error


def _rows(lines: Iterable[list[str]]) -> list[dict[str, str]]:
    """The lines after the header, each cell under its column's name; a line without cells is none."""
    written = (line for line in lines if line)
    header = next(written, [])
    _check_header(header)
    cells = list(islice(written, ROWS_MAX + 1))
    if not cells:
        raise BadFile("has no questions")
    if len(cells) > ROWS_MAX:
        raise BadFile("must have at most {most} questions", most=ROWS_MAX)
    if any(len(line) > len(header) for line in cells):
        raise BadFile("must not have a row with more cells than the header")
    return [dict(zip(header, line, strict=False)) for line in cells]


def _check_header(header: list[str]) -> None:
    if len(set(header)) < len(header) or set(header) - set(COLUMNS) or REQUIRED_COLUMNS - set(header):
        raise BadFile("must begin with a header of these columns, each once: {columns}", columns=", ".join(COLUMNS))

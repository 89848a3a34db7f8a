"""Import files: from bytes to the rows of text cells that `catalogue_rows` reads.

A file is not trusted: its size is bounded before it comes here, and its rows and columns are counted here.
"""

import csv
import io
from itertools import islice

from survey_service.domain.catalogue_rows import COLUMNS

ROWS_MAX = 2_000
REQUIRED_COLUMNS = frozenset({"key", "question_type", "question_group"})
ZIP_SIGNATURE = b"PK"


class BadFile(Exception):  # noqa: N818 - a message for whoever uploaded it
    """The file as a whole cannot be read. `values` are what the message's `{name}`s stand for."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.values = values


def read_csv(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file in UTF-8, with or without a byte order mark. Raises BadFile.

    `read_csv(b"key,question_type,question_group\\nage,number,you\\n")` is one row of three cells.
    """
    if content.startswith(ZIP_SIGNATURE):
        raise BadFile("must be a CSV file; this is a spreadsheet or another archive")
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        _check_header(reader.fieldnames)
        rows = list(islice(reader, ROWS_MAX + 1))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFile("must be a CSV file in UTF-8") from error
    if not rows:
        raise BadFile("has no questions")
    if len(rows) > ROWS_MAX:
        raise BadFile("must have at most {most} questions", most=ROWS_MAX)
    if any(None in row for row in rows):
        raise BadFile("must not have a row with more cells than the header")
    return rows


def _check_header(names: object) -> None:
    header = list(names) if isinstance(names, list) else []
    if len(set(header)) < len(header) or set(header) - set(COLUMNS) or REQUIRED_COLUMNS - set(header):
        raise BadFile("must begin with a header of these columns, each once: {columns}", columns=", ".join(COLUMNS))

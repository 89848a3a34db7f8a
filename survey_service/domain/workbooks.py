"""The first sheet of an XLSX workbook, as lines of text cells.

A workbook is an archive of XML that an upload may fill with anything: a few kilobytes that unpack to gigabytes, two
cells a billion places apart, one long text named by every cell. So its parts are read as a stream, everything is
counted as it comes, and a cell keeps a reference to its text, never a copy (ADR 0008 says why no reader of workbooks
does this for us).
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import iterparse

from survey_service.domain.catalogue import plain_number

SIGNATURE = b"PK"
PARTS_MAX = 200
PART_BYTES_MAX = 8_000_000
TAGS_MAX = 150_000
CHARACTERS_MAX = 10_000_000

_IN_DIRECTORY = b"PK\x01\x02"
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_WORKBOOK, _TARGETS, _TEXTS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"


class BadFile(Exception):  # noqa: N818 - a message for whoever uploaded it
    """The file as a whole cannot be read. `values` are what the message's `{name}`s stand for."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.values = values


def read_first_sheet(content: bytes, *, rows_max: int, columns_max: int) -> list[list[str]]:
    """The lines of the first sheet, down to the last cell that says something. Raises BadFile.

    "key" in A1 and the number 5 in B3 are `[["key"], [], ["", "5"]]`. Numbers and truths read as a CSV has them.
    """
    # The directory of an archive is read as one, so its entries are counted before: each begins with these four bytes.
    if content.count(_IN_DIRECTORY) > PARTS_MAX:
        raise BadFile("must be a workbook of at most {most} parts", most=PARTS_MAX)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            texts = _shared_texts(archive)
            return _lines(archive, _first_sheet(archive), texts, rows_max, columns_max)
    except (zipfile.BadZipFile, zlib.error, ParseError, EOFError, LookupError, ValueError, RuntimeError) as error:
        raise BadFile("must be an XLSX workbook without a password") from error


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """The part that holds the first sheet. The workbook names its sheets by ids; another part says where they are."""
    ids = [_relation_id(each) for each in _elements(archive, _WORKBOOK) if _name(each) == "sheet"]
    targets = {each.get("Id"): each.get("Target", "") for each in _elements(archive, _TARGETS)}
    target = targets[ids[0]]
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _relation_id(sheet: Element) -> str | None:
    return next((value for name, value in sheet.items() if name.endswith("}id")), None)


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    if _TEXTS not in archive.namelist():
        return []
    return [_text(each) for each in _elements(archive, _TEXTS) if _name(each) == "si"]


def _lines(archive: zipfile.ZipFile, part: str, texts: list[str], rows_max: int, columns_max: int) -> list[list[str]]:
    lines: list[list[str]] = []
    characters = 0
    for cell in _elements(archive, part):
        if _name(cell) != "c":
            continue
        place = cell.get("r", "")
        if any(_name(each) == "f" for each in cell):
            raise BadFile("must not have formulas; {cell} is one", cell=place)
        text = _cell_text(cell, texts)
        if not text:
            continue
        row, column = _row_and_column(place)
        if row > rows_max:
            raise BadFile("must have at most {most} rows", most=rows_max)
        if column > columns_max:
            raise BadFile("must have at most {most} columns", most=columns_max)
        characters += len(text)
        if characters > CHARACTERS_MAX:
            raise BadFile("must have at most {most} characters", most=CHARACTERS_MAX)
        _put(lines, row, column, text)
    return lines


def _put(lines: list[list[str]], row: int, column: int, text: str) -> None:
    lines.extend([] for _ in range(row - len(lines)))
    line = lines[row - 1]
    line.extend("" for _ in range(column - len(line)))
    line[column - 1] = text


def _row_and_column(place: str) -> tuple[int, int]:
    """`_row_and_column("AB3") == (3, 28)`."""
    found = _PLACE.fullmatch(place)
    if found is None:
        raise ValueError(place)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column


def _cell_text(cell: Element, texts: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(_text(each) for each in cell if _name(each) == "is")
    value = next((each.text for each in cell if _name(each) == "v"), None)
    if not value:
        return ""
    if kind == "s":
        return texts[int(value)]
    if kind == "b":
        return "true" if value == "1" else "false"
    return str(plain_number(float(value))) if kind == "n" else value


def _text(element: Element) -> str:
    """A text, or the runs of one that is formatted; not how it is pronounced, which stands beside them."""
    shown = (each for each in element if _name(each) in {"t", "r"})
    return "".join(each.text or "" for run in shown for each in run.iter() if _name(each) == "t")


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _elements(archive: zipfile.ZipFile, part: str) -> Iterator[Element]:
    """The elements of a part as each one ends, children first; cells and texts are emptied once they were seen."""
    info = archive.getinfo(part)
    # zipfile never unpacks more of a part than the size it is said to have.
    if info.file_size > PART_BYTES_MAX or info.compress_type not in _METHODS:
        raise BadFile("must be a workbook whose parts unpack to at most {most} bytes", most=PART_BYTES_MAX)
    tags = 0
    with archive.open(info) as file:
        for event, element in iterparse(file, ("start", "end"), forbid_dtd=True):
            if event == "start":
                tags += 1
                if tags > TAGS_MAX:
                    raise BadFile("must be a workbook with less in it")
                continue
            yield element
            if _name(element) in {"c", "si"}:
                element.clear()

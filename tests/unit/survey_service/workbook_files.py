"""Workbooks as bytes: good ones by a kept library, and bad ones by hand."""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping

import xlsxwriter

HEADER = ("key", "question_type", "question_group")
OFFICE = "http://schemas.openxmlformats.org"
WORKBOOK = (
    f'<workbook xmlns="{OFFICE}/spreadsheetml/2006/main" '
    f'xmlns:r="{OFFICE}/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="x"/></sheets>'
    "</workbook>"
)
TARGETS = (
    f'<Relationships xmlns="{OFFICE}/package/2006/relationships">'
    '<Relationship Id="x" Type="worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)
GOOD = {"xl/workbook.xml": WORKBOOK, "xl/_rels/workbook.xml.rels": TARGETS}
SHEET = "xl/worksheets/sheet1.xml"
COLUMNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def workbook(lines: Iterable[Iterable[object]]) -> bytes:
    """A workbook with these lines on its first sheet; None leaves a cell out, and "=…" is a formula."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        book.add_worksheet().write(0, 0, "somebody's notes")
        for row, line in enumerate(lines):
            for column, value in enumerate(line):
                if value is not None:
                    sheet.write(row, column, value)
    return content.getvalue()


def archive(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return content.getvalue()


def sheet_of(cells: str, texts: str = "", before: str = "") -> bytes:
    """A workbook whose first sheet and shared texts are this XML."""
    return archive(
        {
            **GOOD,
            SHEET: f"{before}<worksheet><sheetData>{cells}</sheetData></worksheet>",
            "xl/sharedStrings.xml": f"<sst>{texts}</sst>",
        }
    )


def _understated() -> bytes:
    """A sheet of 50 megabytes that the archive's directory calls a kilobyte."""
    content = bytearray(archive({**GOOD, SHEET: b"<a>" + b" " * 50_000_000 + b"</a>"}))
    entry = content.rfind(b"PK\x01\x02", 0, content.rfind(SHEET.encode()))
    content[entry + 24 : entry + 28] = (1_000).to_bytes(4, "little")
    return bytes(content)


def _million_cells() -> bytes:
    cells = "".join(f'<c r="{column}{row}"><v>1</v></c>' for row in range(1, 40_001) for column in COLUMNS)
    return sheet_of(cells)


def _one_text_everywhere() -> bytes:
    cells = "".join(f'<c r="{column}{row}" t="s"><v>0</v></c>' for row in range(1, 2001) for column in COLUMNS[:14])
    return sheet_of(cells, "<si><t>" + "x" * 32_000 + "</t></si>")


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    return sheet_of("<c>&a8;</c>", before=f'<!DOCTYPE a [<!ENTITY a0 "ha">{entities}]>')


# What is small to send and large to read.
BOMBS: Mapping[str, Callable[[], bytes]] = {
    "unpacks to a gigabyte": lambda: archive({**GOOD, SHEET: b"<a>" + b" " * 1_000_000_000}),
    "says it is smaller than it is": _understated,
    "a million cells": _million_cells,
    "a million cells in few bytes": lambda: sheet_of("<c/>" * 1_000_000),
    "elements that never end": lambda: sheet_of("<a>" * 2_500_000),
    "two cells far apart": lambda: sheet_of('<c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c>'),
    "one text in every cell": _one_text_everywhere,
    "texts inside texts": _laughs,
    "a hundred thousand parts": lambda: archive({str(n): "" for n in range(90_000)}, zipfile.ZIP_STORED),
}

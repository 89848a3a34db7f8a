"""Workbooks: the good ones read as their CSV would, all others refused before they cost much."""

import csv
import io
import json
import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import survey_service as package
from survey_service.domain.catalogue_files import ROWS_MAX, read_file
from survey_service.domain.workbooks import PARTS_MAX, BadFile, read_first_sheet
from tests.unit.survey_service.workbook_files import BOMBS, HEADER, archive, sheet_of, workbook

SAMPLE = (Path(package.__file__).parent / "scripts" / "sample_questions.csv").read_bytes()


def sheet(content: bytes) -> list[list[str]]:
    return read_first_sheet(content, rows_max=10, columns_max=5)


def test_a_workbook_reads_as_the_csv_it_was_made_from() -> None:
    lines = csv.reader(io.StringIO(SAMPLE.decode("utf-8-sig")))
    assert [*map(full, read_file(workbook(lines)))] == [*map(full, read_file(SAMPLE))]


def full(row: dict[str, str]) -> dict[str, str]:
    """A line's last cells may be empty or not be there at all; both say nothing."""
    return {column: cell for column, cell in row.items() if cell}


def test_numbers_truths_gaps_and_formatted_texts_read_as_a_csv_has_them() -> None:
    assert sheet(workbook([["tuổi", 5, 0.25, True, False], [], [None, -3, "", "=x"[1:]]])) == [
        ["tuổi", "5", "0.25", "true", "false"], [], ["", "-3", "", "x"]
    ]  # fmt: skip
    formatted = "<si><r><t>one </t></r><r><t>two</t></r><rPh><t>unsaid</t></rPh></si>"
    assert sheet(sheet_of('<c r="B2" t="s"><v>0</v></c>', formatted)) == [[], ["", "one two"]]
    assert sheet(sheet_of('<c r="A1" t="inlineStr"><is><t>in line</t></is></c>')) == [["in line"]]


def test_a_formula_is_refused_by_its_place_whatever_it_last_came_to() -> None:
    content = workbook([HEADER, ["a", "text", '=HYPERLINK("http://x")']])
    with pytest.raises(BadFile) as refused:
        read_file(content)
    assert (refused.value.args[0], refused.value.values) == ("must not have formulas; {cell} is one", {"cell": "C2"})


def test_as_many_rows_columns_and_parts_as_allowed_and_no_more() -> None:
    most = [HEADER, *(["a", "text", "b"] for _ in range(ROWS_MAX))]
    assert len(read_file(workbook(most))) == ROWS_MAX
    with pytest.raises(BadFile):
        read_file(workbook([*most, ["a", "text", "b"]]))
    assert sheet(sheet_of('<c r="E10"><v>1</v></c>'))[9] == ["", "", "", "", "1"]
    for outside in ("F10", "E11", "A0", "1A", "", "AAAA1", "a1"):
        with pytest.raises(BadFile):
            sheet(sheet_of(f'<c r="{outside}"><v>1</v></c>'))
    with pytest.raises(BadFile):
        sheet(archive({str(number): "" for number in range(PARTS_MAX + 1)}))


@pytest.mark.parametrize(
    "content",
    [
        b"PK", b"PK\x03\x04", archive({}), archive({"xl/workbook.xml": "<workbook/>"}), archive({"a.csv": SAMPLE}),
        sheet_of("<c"), sheet_of('<c r="A1"><v>one</v></c>'), sheet_of('<c r="A1" t="s"><v>7</v></c>'),
        sheet_of("").replace(b"sheet1", b"sheet2", 1), sheet_of("", before='<?xml version="1.0" encoding="x"?>'),
        archive({"xl/workbook.xml": "<a/>"}, zipfile.ZIP_LZMA), archive({"xl/workbook.xml": "<a/>"}, zipfile.ZIP_BZIP2),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), workbook([]), workbook([HEADER]), b"%PDF-1.7",
    ],
)  # fmt: skip
def test_what_is_no_workbook_of_questions_is_refused(content: bytes) -> None:
    with pytest.raises(BadFile):
        read_file(content)


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_what_is_small_to_send_and_large_to_read_is_refused(name: str) -> None:
    with pytest.raises(BadFile):
        read_file(BOMBS[name]())


@settings(max_examples=300)
@given(st.integers(), st.sampled_from(["zip", "sheet"]))
def test_a_damaged_workbook_is_read_or_refused(seed: int, layer: str) -> None:
    rng = random.Random(seed)  # noqa: S311
    good = json.dumps(["a"] * 5)
    cells = f'<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>{good}</t></is></c></row>'
    content = bytearray(sheet_of(cells, "<si><t>key</t></si>") if layer == "zip" else cells.encode())
    for _ in range(rng.randint(1, 6)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    damaged = bytes(content) if layer == "zip" else sheet_of(content.decode("latin-1"))
    try:
        lines = sheet(damaged)
    except BadFile:
        return
    assert all(isinstance(cell, str) for line in lines for cell in line)

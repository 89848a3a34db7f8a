"""Import files as bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_service.domain.catalogue_files import read_file
from survey_service.domain.workbooks import BadFile

HEADER = b"key,question_type,question_group"


def test_rows_are_read_with_and_without_a_byte_order_mark() -> None:
    expected = [{"key": "tuổi", "question_type": "a\nb", "question_group": "x,y"}]
    content = HEADER + '\ntuổi,"a\nb","x,y"\n'.encode()
    assert read_file(content) == expected
    assert read_file(b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n").replace(b"a\r\n", b"a\n")) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n\n", HEADER, HEADER + b"\n", b"key,question_type\na,b\n", HEADER + b",points\na,b,c,1\n",
        HEADER + b",key\na,b,c,d\n", HEADER + b"\na,b,c,d\n", HEADER + b'\n"a,b,c', b"PK\x03\x04" + HEADER,
        HEADER + b"\n\xff\xfe,b,c\n", HEADER + b"\n" + b"a,b,c\n" * 2001, HEADER + b"\n" + b"a" * 200_000 + b",b,c\n",
        HEADER.decode().encode("utf-16"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_questions_is_refused(content: bytes) -> None:
    with pytest.raises(BadFile):
        read_file(content)


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: HEADER + b"\n" + tail))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        rows = read_file(content)
    except BadFile:
        return
    assert all(isinstance(cell, str | None) for row in rows for cell in row.values())

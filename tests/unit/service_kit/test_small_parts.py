"""Cursors, log lines, back-off, pointers: the kit's small pure parts."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_kit.logging import describe_exception, keep_allowed
from service_kit.outbox import BACKOFF_MAX_S, backoff_s
from service_kit.pagination import decode_cursor, encode_cursor, page_of
from service_kit.problems import Malformed, pointer_of


@given(st.integers(0, 2**53 - 1), st.text(max_size=20).filter(str.isprintable))
def test_a_cursor_comes_back_as_it_went(number: int, text: str) -> None:
    assert decode_cursor(encode_cursor([number, text]), int, str) == (number, text)


@pytest.mark.parametrize("cursor", ["", "x", "!!!!", encode_cursor(["seven"]), encode_cursor([1, 2]), "bnVsbA", "ÿÿ"])
def test_a_cursor_not_made_here_is_malformed(cursor: str) -> None:
    with pytest.raises(Malformed) as refused:
        decode_cursor(cursor, int)
    assert refused.value.errors[0].pointer == "/query/cursor"


def test_a_page_ends_with_the_place_of_its_last_item() -> None:
    rows = [5, 4, 3, 2]
    items, following = page_of(rows, 3, lambda row: [row])
    assert items == [5, 4, 3]
    assert decode_cursor(following, int) == (3,)
    assert page_of(rows, 4, lambda row: [row]) == (rows, None)


def test_a_log_line_keeps_listed_keys_only() -> None:
    line = keep_allowed(None, "info", {"event": "x", "status": 200, "password": "hunter2", "email": "a@b.c"})
    assert line == {"event": "x", "status": 200}


def test_an_exception_is_logged_without_its_message() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its message is the point below
        int("an@example.com")
    described = describe_exception(None, "error", {"event": "x", "exc_info": caught.value})
    assert described["exc_type"] == "builtins.ValueError"
    assert "test_small_parts" in described["frames"][-1]
    assert b"example.com" not in orjson.dumps(described)


def test_back_off_doubles_and_is_bounded() -> None:
    assert 0.1 <= backoff_s(1) <= 0.2
    assert 0.4 <= backoff_s(3) <= 0.8
    assert backoff_s(1_000) <= BACKOFF_MAX_S


@pytest.mark.parametrize(
    ("location", "pointer"),
    [
        (("body", "answers", 0, "value"), "/answers/0/value"),
        (("body",), ""),
        (("query", "limit"), "/query/limit"),
        (("body", "a/b~c"), "/a~1b~0c"),
    ],
)
def test_a_pointer_names_the_place(location: tuple[int | str, ...], pointer: str) -> None:
    assert pointer_of(location) == pointer

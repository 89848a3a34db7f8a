"""Which language a caller reads best, and texts with their values filled in."""

from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError
from hypothesis import given
from hypothesis import strategies as st

from service_kit import languages
from service_kit.languages import HEADER_LENGTH_MAX, LANGUAGES, Texts, negotiate, read_texts


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("en", "en"),
        ("vi", "vi"),
        ("zh", "zh"),
        ("VI-vn", "vi"),
        ("zh-CN", "zh"),
        ("zh-Hant-TW", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("fr, vi-VN;q=0.9, en;q=0.8", "vi"),
        ("en;q=0.5, zh;q=0.7", "zh"),
        ("en-US,en;q=0.5", "en"),
        ("en ; q=0.1 , vi ; q=0.2", "vi"),
        ("vi, zh", "vi"),
        ("vi;q=0.5, zh;q=0.5", "vi"),
        ("zh;Q=0.9, vi;q=0.1", "zh"),
        ("vi;q=1.000", "vi"),
        ("vi;q=0, de", "en"),
        ("vi;q=0, zh;q=0", "en"),
        ("en;q=0", "en"),
        ("vi;q=2", "en"),
        ("vi;q=-1", "en"),
        ("vi;q=nan", "en"),
        ("vi;q=inf", "en"),
        ("vi;q=high", "en"),
        ("vi;level=1", "en"),
        ("fr, de;q=0.9", "en"),
        ("*", "en"),
        ("vietnamese", "en"),
        ("vi_VN", "en"),
        (";;,,q=;", "en"),
        ("\x00", "en"),
        ("zh," + "x" * HEADER_LENGTH_MAX, "en"),
    ],
)
def test_the_heaviest_language_spoken_here_wins(header: str | None, language: str) -> None:
    assert negotiate(header) == language


@given(st.text() | st.text("vizhen-;,q=.01* "))
def test_no_header_breaks_it(header: str) -> None:
    assert negotiate(header) in LANGUAGES


TEXTS = Texts("vi", {"{points} points by {day}": "{day}: {points} điểm", "must be JSON": "phải là JSON"})


def test_values_are_written_as_people_of_the_language_write_them() -> None:
    values = {"points": 1234567.5, "day": date(2026, 3, 1)}
    assert TEXTS.say("{points} points by {day}", values) == "1 thg 3, 2026: 1.234.567,5 điểm"
    english = Texts("en", {})
    assert english.say("{points} points by {day}", values) == "1,234,567.5 points by Mar 1, 2026"
    assert Texts("zh", {}).say("{day}", values) == "2026年3月1日"


def test_a_text_nobody_translated_is_said_in_english() -> None:
    assert TEXTS.say("must be {le} or less", {"le": 20}) == "must be 20 or less"


@pytest.mark.parametrize("text", ['such as {"question": "age"}', "{nobody}", "{", "{}", "{points.real}", "{points!r}"])
def test_a_brace_around_anything_but_a_value_s_name_is_only_a_brace(text: str) -> None:
    assert TEXTS.say(text, {"points": 3}) == text


def test_a_value_is_not_read_as_a_text_again() -> None:
    assert Texts("en", {}).say("{name}", {"name": "{points}", "points": 3}) == "{points}"


def test_a_service_says_the_kit_s_texts_and_its_own() -> None:
    texts = read_texts("service_kit", "alert_service")["vi"]
    assert texts.say("must be JSON") == "phải là JSON hợp lệ"
    assert texts.say("You have not set a goal yet.") == "Bạn chưa đặt mục tiêu."


def test_a_damaged_catalogue_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "ROOT", tmp_path)
    with pytest.raises(FileNotFoundError):
        read_texts("things")
    (tmp_path / "things" / "locale").mkdir(parents=True)
    (tmp_path / "things" / "locale" / "vi.po").write_text('msgid "a"\nmsgid')
    with pytest.raises(PoFileError):
        read_texts("things")

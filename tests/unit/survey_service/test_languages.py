"""Which language a caller reads best."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_service.domain.languages import LANGUAGES, best_language, in_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("vi", "vi"),
        ("VI-vn", "vi"),
        ("zh-Hant-TW", "zh"),
        ("fr, vi-VN;q=0.9, en;q=0.8", "vi"),
        ("en;q=0.5, zh;q=0.7", "zh"),
        ("vi, zh", "vi"),
        ("vi;q=0, de", "en"),
        ("vi;q=2", "en"),
        ("vi;q=nan", "en"),
        ("vi;level=1", "en"),
        ("*", "en"),
        ("vietnamese", "en"),
        (";;,,q=;", "en"),
    ],
)
def test_the_heaviest_language_spoken_here_wins(header: str | None, language: str) -> None:
    assert best_language(header) == language


@given(st.text())
def test_no_header_breaks_it(header: str) -> None:
    assert best_language(header) in LANGUAGES


def test_a_missing_text_falls_back_to_english_and_then_to_any() -> None:
    assert in_language({"en": "Yes", "vi": "Có"}, "vi") == "Có"
    assert in_language({"en": "Yes", "vi": "Có"}, "zh") == "Yes"
    assert in_language({"vi": "Có"}, "zh") == "Có"

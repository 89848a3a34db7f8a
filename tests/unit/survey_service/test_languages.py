"""In which language a text of the catalogue is shown."""

from typing import get_args

from service_kit.languages import Language
from survey_service.domain.languages import LANGUAGES, in_language


def test_a_missing_text_falls_back_to_english_and_then_to_any() -> None:
    assert in_language({"en": "Yes", "vi": "Có"}, "vi") == "Có"
    assert in_language({"en": "Yes", "vi": "Có"}, "zh") == "Yes"
    assert in_language({"vi": "Có"}, "zh") == "Có"


def test_the_survey_speaks_what_callers_may_ask_for() -> None:
    assert get_args(Language) == LANGUAGES

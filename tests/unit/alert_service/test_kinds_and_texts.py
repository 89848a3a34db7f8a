"""Every kind of alert belongs to a type, matters to some degree, and has words in every language."""

from string import Formatter

import pytest

from alert_service.domain.kinds import TRAITS, Kind, Severity, Type, kinds_of
from alert_service.domain.milestones import BANDS
from alert_service.domain.texts import ENGLISH, ENGLISH_BANDS
from alert_service.services.alerts import reasons_in, text_of
from service_kit.languages import LANGUAGES, Language

VALUES = {
    "score": 745,
    "previous_score": 700,
    "threshold": 740,
    "points": 45,
    "days": 90,
    "band": "very_good",
    "host": "a.example",
}
SAID: dict[Language, str] = {
    "en": "Your score rose from 700 to 745 and passed 740. It is now very good.",
    "vi": "Điểm của bạn tăng từ 700 lên 745 và đạt mốc 740. Xếp hạng hiện tại là rất tốt.",
    "zh": "您的评分从 700 分升至 745 分，达到 740 分关口，目前等级为优秀。",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_can_be_said(kind: Kind, language: Language) -> None:
    text = text_of(kind, VALUES, language)
    assert text.title
    assert text.message.endswith((".", "。"))
    assert "{" not in text.title + text.message


@pytest.mark.parametrize("kind", Kind)
def test_a_text_asks_for_nothing_an_alert_does_not_hold(kind: Kind) -> None:
    text = ENGLISH[kind]
    asked = {name for part in (text.title, text.message) for _, name, _, _ in Formatter().parse(part) if name}
    assert asked <= VALUES.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_band_is_said_in_words(language: Language) -> None:
    assert text_of(Kind.THRESHOLD_UP, VALUES, language).message == SAID[language]
    assert set(BANDS.values()) < set(ENGLISH_BANDS)


def test_of_a_reason_the_reader_s_text_is_told() -> None:
    reason = {"code": "a.v1", "points": 31, "text": "Cards", "text_vi": "Thẻ"}
    assert reasons_in([reason, "Thin file."], "vi") == [{"code": "a.v1", "points": 31, "text": "Thẻ"}, "Thin file."]
    assert reasons_in([reason], "zh") == reasons_in([reason], "en") == [{"code": "a.v1", "points": 31, "text": "Cards"}]


def test_kinds_are_found_by_type_and_by_severity() -> None:
    assert kinds_of(None, None) == list(TRAITS)
    assert set(TRAITS) == set(Kind)
    assert kinds_of(Type.SCORE_CHANGE, Severity.HIGH) == [Kind.BIG_DROP]
    assert kinds_of(Type.MILESTONE, Severity.HIGH) == []

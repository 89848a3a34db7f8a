"""Every kind of alert belongs to a type, matters to some degree, and has words."""

from string import Formatter

import pytest

from alert_service.domain.kinds import TRAITS, Kind, Severity, Type, kinds_of
from alert_service.domain.milestones import BANDS
from alert_service.domain.texts import ENGLISH, ENGLISH_BANDS, render

VALUES = {"score": 745, "previous_score": 700, "threshold": 740, "points": 45, "band": "very_good"}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_can_be_said(kind: Kind) -> None:
    text = render(kind, VALUES)
    assert text.title
    assert text.message.endswith(".")
    assert "{" not in text.title + text.message


@pytest.mark.parametrize("kind", Kind)
def test_a_text_asks_for_nothing_an_alert_does_not_hold(kind: Kind) -> None:
    text = ENGLISH[kind]
    asked = {name for part in (text.title, text.message) for _, name, _, _ in Formatter().parse(part) if name}
    assert asked <= VALUES.keys()


def test_a_band_is_said_in_words() -> None:
    assert render(Kind.THRESHOLD_UP, VALUES).message.endswith("It is now very good.")
    assert set(BANDS.values()) < set(ENGLISH_BANDS)


def test_kinds_are_found_by_type_and_by_severity() -> None:
    assert kinds_of(None, None) == list(TRAITS)
    assert set(TRAITS) == set(Kind)
    assert kinds_of(Type.SCORE_CHANGE, Severity.HIGH) == [Kind.BIG_DROP]
    assert kinds_of(Type.MILESTONE, Severity.HIGH) == []

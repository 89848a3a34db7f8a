"""Whatever a report has to say, in whatever language, stands within its pages and on nothing else."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest

from score_service.domain.evaluation import evaluate
from score_service.domain.features import Value
from score_service.domain.plan import plan
from score_service.domain.recommendations import recommendations
from score_service.domain.scorecard import Scorecard
from score_service.services.inputs import Inputs
from score_service.services.rendering import explanation_of, factors_on_the_wire, reasons_on_the_wire, text_in
from score_service.services.report_drawing import Drawing, Story
from score_service.services.report_paper import BOTTOM, HEIGHT, LEFT, RIGHT, Box
from service_kit.languages import LANGUAGES, Language, read_texts
from tests.unit.score_service.conftest import Profiles

TEXTS = read_texts("score_service")
START = datetime(2026, 11, 25, tzinfo=UTC)
WORST: dict[str, Value] = {
    "utilisation": 2.0, "late30": 20.0, "late60": 20.0, "late90": 20.0, "debt_ratio": 5.0, "lines": 60.0,
    "mortgages": 30.0, "age": 18.0, "dependents": 20.0,
}  # fmt: skip


def story(scorecard: Scorecard, person: dict[str, Value], language: Language, scores: int = 60) -> Story:
    text, evaluation = text_in(language), evaluate(scorecard, person)
    stored = explanation_of(scorecard, evaluation, Inputs(person, "features"))
    generator = random.Random(scores)  # noqa: S311 - a history for show
    history = [(START + timedelta(days=30 * i), generator.randint(300, 850)) for i in range(scores - 1)]
    last = START + timedelta(days=30 * scores)
    score: dict[str, Any] = {
        **stored,
        "current_score": evaluation.score,
        "previous_score": history[-1][1] if history else None,
        "change": evaluation.score - history[-1][1] if history else 0,
        "factors": factors_on_the_wire(stored, text),
        "reasons": reasons_on_the_wire(stored, text),
        "override": None,
        "version": 123_456,
        "last_calculated": last,
    }
    acts = [each._asdict() for each in recommendations(scorecard, evaluation, text)]
    way = plan(scorecard, person, evaluation, 850) if evaluation.score < 850 else None
    return Story(score, [*history, (last, evaluation.score)], acts, way)


def drawn(told: Story, language: Language) -> list[Box]:
    drawing = Drawing(told, TEXTS[language])
    assert drawing.draw().startswith(b"%PDF-")
    return drawing.paper.boxes


def faults(boxes: list[Box]) -> Iterator[str]:
    for box in boxes:
        if box.left < LEFT - 5 or box.right > RIGHT + 5 or box.top < 10 or box.bottom > HEIGHT - 8:
            yield f"beyond the page: {box}"
    for one, other in combinations(boxes, 2):
        apart = one.right <= other.left or other.right <= one.left or one.bottom <= other.top or other.bottom <= one.top
        if one.page == other.page and not apart:
            yield f"on one another: {one.text!r} and {other.text!r}"


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_stands_within_its_page_and_on_nothing_else(
    challenger: Scorecard, create_profiles: Profiles, language: Language
) -> None:
    for person in [WORST, *create_profiles(12)]:
        boxes = drawn(story(challenger, person, language), language)
        assert list(faults(boxes)) == []
        assert max(box.page for box in boxes) <= 2


@pytest.mark.parametrize("scores", [1, 2, 3])
def test_a_short_history_is_a_dot_or_a_line(champion: Scorecard, scores: int) -> None:
    assert list(faults(drawn(story(champion, WORST, "en", scores), "en"))) == []


def test_a_text_that_is_too_long_is_made_to_fit_or_broken(challenger: Scorecard) -> None:
    told = story(challenger, WORST, "en")
    told.score["factors"][0]["name"] = "An extraordinarily long name of a factor that nobody has translated shortly"
    told.score["reasons"][0]["text"] = "A reason that goes on and on, " * 12
    boxes = drawn(told, "en")
    assert list(faults(boxes)) == []
    assert sum("goes on and on" in box.text for box in boxes) > 3


def test_texts_that_overflow_or_overlap_would_be_found() -> None:
    wide = Box(1, LEFT, 20, RIGHT + 40, 24, "too wide")
    low = Box(1, LEFT, BOTTOM, LEFT + 10, HEIGHT, "too low")
    on_it = Box(1, LEFT + 5, 22, LEFT + 9, 26, "on the first")
    assert len(list(faults([wide, low, on_it]))) == 3


@pytest.mark.slow
def test_no_letter_is_missing_from_the_font(
    challenger: Scorecard, caplog: pytest.LogCaptureFixture, create_profiles: Profiles
) -> None:
    for language in LANGUAGES:
        for person in create_profiles(5):
            drawn(story(challenger, person, language), language)
    assert "missing the following glyphs" not in caplog.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_card_is_not_an_answer_that_is_missing(champion: Scorecard, language: Language) -> None:
    say = TEXTS[language].say
    person = {**WORST, "utilisation": None, "debt_ratio": None}
    said = [box.text for box in drawn(story(champion, person, language, scores=1), language)]
    assert (said.count(say("no card")), said.count(say("not given"))) == (1, 1)
    assert say("One day so far; each later one with a new score is added here.") in said

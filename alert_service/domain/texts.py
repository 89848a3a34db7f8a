"""What alerts say, by kind. Alerts are stored as kind and values, so a text can be corrected after the fact."""

from collections.abc import Mapping
from dataclasses import dataclass

from alert_service.domain.kinds import Kind


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    message: str


ENGLISH: Mapping[Kind, Text] = {
    Kind.FIRST_SCORE: Text(
        "Your first score is here",
        "Your credit score is {score}, which is {band}.",
    ),
    Kind.THRESHOLD_UP: Text(
        "You reached {threshold}",
        "Your score rose from {previous_score} to {score} and passed {threshold}. It is now {band}.",
    ),
    Kind.THRESHOLD_DOWN: Text(
        "Your score fell below {threshold}",
        "Your score fell from {previous_score} to {score}. It is now {band}.",
    ),
    Kind.PERSONAL_BEST: Text(
        "A new personal best",
        "{score} is the highest score you have had so far.",
    ),
    Kind.BIG_RISE: Text(
        "Your score rose by {points} points",
        "It went from {previous_score} to {score} at once.",
    ),
    Kind.BIG_DROP: Text(
        "Your score fell by {points} points",
        "It went from {previous_score} to {score} at once.",
    ),
    Kind.RISE_STREAK: Text(
        "Three rises in a row",
        "Your score has risen three times in a row and is now {score}.",
    ),
    Kind.GOAL_REACHED: Text(
        "You reached your goal of {threshold}",
        "Your score is now {score}. You can set yourself a new goal.",
    ),
}

ENGLISH_BANDS: Mapping[str, str] = {
    "poor": "poor",
    "fair": "fair",
    "good": "good",
    "very_good": "very good",
    "exceptional": "exceptional",
}


def render(kind: Kind, values: Mapping[str, object]) -> Text:
    """The text of an alert, from the values stored with it.

    `render(Kind.BIG_RISE, {"points": 25, "previous_score": 600, "score": 625, "band": "fair"}).title` is
    "Your score rose by 25 points".
    """
    spoken = {**values, "band": ENGLISH_BANDS[str(values["band"])]}
    text = ENGLISH[kind]
    return Text(text.title.format_map(spoken), text.message.format_map(spoken))

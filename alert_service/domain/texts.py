"""What alerts say, by kind. Alerts are stored as kind and values, so a text can be corrected after the fact.

`{band}` is filled with the band's own word; every other name stands for a value stored with the alert.
"""

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
    Kind.SCORE_STALE: Text(
        "Your score has grown old",
        "Your score of {score} is more than {days} days old. Answer the survey again to see where you stand today.",
    ),
    Kind.DISPUTE_CORRECTED: Text(
        "Your dispute was decided for you",
        "What was wrong has been put right, and your score was calculated anew. The reasons stand with your disputes.",
    ),
    Kind.DISPUTE_REJECTED: Text(
        "Your dispute was decided",
        "Nothing was found that has to be corrected. The reasons stand with your disputes.",
    ),
    Kind.DISPUTE_EXTENDED: Text(
        "Your dispute takes longer",
        "We need up to 15 more days to find out. The reasons stand with your disputes.",
    ),
    Kind.NEW_DEVICE: Text(
        "A new device signed in to your account",
        "If this was not you, choose a new password now.",
    ),
    Kind.PASSWORD_CHANGED: Text(
        "Your password was changed",
        "If this was not you, choose a new password now.",
    ),
    Kind.EMAIL_CHANGED: Text(
        "Your email address was changed",
        "If this was not you, contact our support.",
    ),
    Kind.SECOND_FACTOR_CHANGED: Text(
        "The second factor of your account was changed",
        "A passkey or an authenticator app was added or removed, or recovery codes were replaced. "
        "If this was not you, choose a new password now.",
    ),
    Kind.SECOND_FACTORS_REMOVED: Text(
        "The second factors of your account were removed",
        "An administrator removed your authenticator app, its recovery codes and your passkeys. "
        "If you did not ask for this, choose a new password now.",
    ),
    Kind.WEBHOOK_ADDED: Text(
        "A webhook was added to your account",
        "Your alerts now also go to {host}. If this was not you, delete the webhook and change your password.",
    ),
    Kind.WEBHOOK_DISABLED: Text(
        "A webhook of yours was switched off",
        "{host} no longer takes your alerts. Once it does, switch the webhook on again.",
    ),
}

ENGLISH_MAIL: Mapping[str, str] = {
    "subject": "{title} (and {others} more)",
    "rest": "There are {rest} more, which you find in the app.",
    "footer": "Which of these messages you get, by which way and when, you choose in your preferences.",
}

# Why, said after the message: what moved since the score before or, where that is not known, what costs points now.
ENGLISH_WHY: Mapping[str, str] = {
    "moves": "What moved it most: {factors}.",
    "reasons": "What costs it most points: {reasons}.",
}

ENGLISH_BANDS: Mapping[str, str] = {
    "poor": "poor",
    "fair": "fair",
    "good": "good",
    "very_good": "very good",
    "exceptional": "exceptional",
}

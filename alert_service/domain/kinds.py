"""The kinds of alerts, and what each kind is to the person: which type it belongs to and how much it matters."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    FIRST_SCORE = "first_score"
    THRESHOLD_UP = "threshold_up"
    THRESHOLD_DOWN = "threshold_down"
    PERSONAL_BEST = "personal_best"
    BIG_RISE = "big_rise"
    BIG_DROP = "big_drop"
    RISE_STREAK = "rise_streak"
    GOAL_REACHED = "goal_reached"
    SCORE_STALE = "score_stale"
    DISPUTE_CORRECTED = "dispute_corrected"
    DISPUTE_REJECTED = "dispute_rejected"
    DISPUTE_EXTENDED = "dispute_extended"
    NEW_DEVICE = "new_device"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of news
    EMAIL_CHANGED = "email_changed"
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    SECOND_FACTORS_REMOVED = "second_factors_removed"
    WEBHOOK_ADDED = "webhook_added"
    WEBHOOK_DISABLED = "webhook_disabled"


class Type(StrEnum):
    MILESTONE = "milestone"
    SCORE_CHANGE = "score_change"
    REMINDER = "reminder"
    SECURITY = "security"


class Severity(StrEnum):
    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


TRAITS: Mapping[Kind, tuple[Type, Severity]] = {
    Kind.FIRST_SCORE: (Type.MILESTONE, Severity.INFO),
    Kind.THRESHOLD_UP: (Type.MILESTONE, Severity.INFO),
    Kind.PERSONAL_BEST: (Type.MILESTONE, Severity.INFO),
    Kind.RISE_STREAK: (Type.MILESTONE, Severity.INFO),
    Kind.GOAL_REACHED: (Type.MILESTONE, Severity.INFO),
    Kind.SCORE_STALE: (Type.REMINDER, Severity.LOW),
    Kind.WEBHOOK_DISABLED: (Type.REMINDER, Severity.MEDIUM),
    Kind.NEW_DEVICE: (Type.SECURITY, Severity.MEDIUM),
    Kind.PASSWORD_CHANGED: (Type.SECURITY, Severity.HIGH),
    Kind.EMAIL_CHANGED: (Type.SECURITY, Severity.HIGH),
    Kind.SECOND_FACTOR_CHANGED: (Type.SECURITY, Severity.HIGH),
    Kind.SECOND_FACTORS_REMOVED: (Type.SECURITY, Severity.HIGH),
    Kind.WEBHOOK_ADDED: (Type.SECURITY, Severity.MEDIUM),
    Kind.DISPUTE_CORRECTED: (Type.SCORE_CHANGE, Severity.MEDIUM),
    Kind.DISPUTE_REJECTED: (Type.SCORE_CHANGE, Severity.MEDIUM),
    Kind.DISPUTE_EXTENDED: (Type.SCORE_CHANGE, Severity.LOW),
    Kind.BIG_RISE: (Type.SCORE_CHANGE, Severity.LOW),
    Kind.THRESHOLD_DOWN: (Type.SCORE_CHANGE, Severity.MEDIUM),
    Kind.BIG_DROP: (Type.SCORE_CHANGE, Severity.HIGH),
}


def kinds_of(wanted_type: Type | None, wanted_severity: Severity | None) -> list[Kind]:
    """The kinds of a type and a severity, of all when None.

    `kinds_of(Type.SCORE_CHANGE, Severity.HIGH) == [Kind.BIG_DROP]`; `len(kinds_of(None, None)) == 16`.
    """
    return [
        kind
        for kind, (type_, severity) in TRAITS.items()
        if wanted_type in {None, type_} and wanted_severity in {None, severity}
    ]

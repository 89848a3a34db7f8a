"""Which number is in force: a scorecard's, or the one an administrator put in its place for a time."""

from datetime import datetime


def in_force(until: datetime | None, now: datetime) -> bool:
    """Return whether an override that ends at `until` stands at `now`: at noon one until noon does not any more."""
    return until is not None and now < until


def number_in_force(score: int, override: int | None, until: datetime | None, now: datetime) -> int:
    """Return 700 for a 640 with 700 in its place until noon, at a second before noon, and 640 at noon."""
    return override if override is not None and in_force(until, now) else score

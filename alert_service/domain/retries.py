"""When a delivery that failed is tried again, and when a webhook that keeps failing is switched off."""

from datetime import datetime, timedelta

# After each failure; the spread of the Standard Webhooks recommendation, over a little more than three days.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.1
FAILING_MAX = timedelta(days=3)


def next_attempt(now: datetime, attempts: int, chance: float) -> datetime | None:
    """When to try again after so many attempts, or None when it is over.

    With `chance` from 0 to 1, the pause is up to a tenth longer, so that a receiver that comes back is not met by
    everything at once: after the first attempt 5 to 5.5 seconds, after the ninth 24 to 26.4 hours, after the tenth
    never.
    """
    if attempts > len(PAUSES):
        return None
    return now + PAUSES[attempts - 1] * (1 + JITTER * chance)


def is_given_up(now: datetime, failing_since: datetime) -> bool:
    """Whether a webhook has failed for so long, without one success, that nobody can be looking after it.

    Failing since Monday 09:00, it is switched off by a failure on Thursday at 09:00 or later.
    """
    return now - failing_since >= FAILING_MAX

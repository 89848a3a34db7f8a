"""When a score has become too old to lean on. A person is told once of each score; the next one starts anew."""

from datetime import datetime, timedelta

STALE_AFTER = timedelta(days=90)


def stale_before(now: datetime) -> datetime:
    """A score calculated before this time is stale: on 1 April of a year of 365 days, one from before 1 January.

    90 days to the second are not more than 90 days.
    """
    return now - STALE_AFTER

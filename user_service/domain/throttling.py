"""How many wrong passwords are too many."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

WINDOW = timedelta(hours=1)
ACCOUNT_FAILURES_MAX = 10
ADDRESS_FAILURES_MAX = 200


def wait_s(failures: Sequence[datetime], limit: int, now: datetime) -> int:
    """Seconds until another attempt is allowed, 0 if one is allowed now. `failures` are newest first.

    With a limit of 2 and failures at 12:20 and 12:10, an attempt at 12:30 waits for 13:10: 2,400 seconds.
    """
    if len(failures) < limit:
        return 0
    return max(0, ceil((failures[limit - 1] + WINDOW - now).total_seconds()))

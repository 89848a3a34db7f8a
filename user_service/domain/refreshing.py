"""What happens to a refresh token that is presented (ADR 0007)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

GRACE = timedelta(seconds=60)


class Step(Enum):
    ROTATE = auto()
    REISSUE = auto()
    REVOKE = auto()


@dataclass(frozen=True, slots=True)
class Spent:
    """How a token was used before: when, whether by the client that asks now, and whether its child is still unused."""

    at: datetime
    by_same_client: bool
    child_unused: bool


def next_step(spent: Spent | None, now: datetime) -> Step:
    """An unused token rotates; a used one is a lost response or a theft.

    Within 60 seconds, from the same client and before the child was used, the response was lost: used at 12:00:00,
    asked again at 12:00:59 → the same child. At 12:01:01, or from elsewhere, it is theft.
    """
    if spent is None:
        return Step.ROTATE
    lost_response = spent.by_same_client and spent.child_unused and now - spent.at <= GRACE
    return Step.REISSUE if lost_response else Step.REVOKE

"""By which ways an alert goes out, and when: what a person wants of it, their quiet hours, and their digest.

Quiet hours and digests hold mail up and never drop it. Notices about the account's safety wait for nothing; webhooks
are read by machines, which do not sleep; in the app nothing is sent, so there is nothing to hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from alert_service.domain.kinds import Type


class Channel(StrEnum):
    IN_APP = "in_app"
    EMAIL = "email"
    WEBHOOK = "webhook"


class Digest(StrEnum):
    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


# A digest goes out at this time on the person's own clock; a weekly one on Mondays.
DIGEST_TIME = time(8)
# Of who never said where they live: where most of this system's people do.
HOME = ZoneInfo("Asia/Ho_Chi_Minh")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NAMES: Mapping[Type, str] = {
    Type.MILESTONE: "milestones",
    Type.SCORE_CHANGE: "score_changes",
    Type.REMINDER: "reminders",
}


@dataclass(frozen=True, slots=True)
class QuietHours:
    """While the person's clock shows `begin` or later and not yet `end`, over midnight if `end` is the earlier."""

    begin: time
    end: time
    zone: ZoneInfo

    def hold(self, moment: datetime) -> bool:
        """22:00 to 07:00 in Hanoi (UTC+7) hold 16:00 UTC, which is 23:00, and not 00:00 UTC, which is 07:00 sharp.

        Where both ends are the same time there are no quiet hours.
        """
        clock = moment.astimezone(self.zone).time()
        if self.begin <= self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end

    def over(self, moment: datetime) -> datetime:
        """The moment itself or, when it is in quiet hours, the minute they end: 16:00 UTC above gives 00:00 UTC.

        It walks from minute to minute as the clock on the wall does, so a clock that jumps is right of itself. In
        Berlin, where 02:00 became 03:00 at 01:00 UTC on 29 March 2026, quiet hours that end at 02:30 ended at that
        moment; where 03:00 became 02:00 on 25 October, they ended at 00:30 UTC, and held again from 01:00 to 01:30.
        """
        if not self.hold(moment):
            return moment
        minute = moment.replace(second=0, microsecond=0) + MINUTE
        while self.hold(minute):
            minute += MINUTE
        return minute


def wants(notifications: Mapping[str, Any], type_: Type, channel: Channel) -> bool:
    """Whether alerts of a type come by a channel: both are on, and `by_type` does not rule out the two together.

    `{"email": True, "milestones": True, "by_type": {"milestones": {"email": False}}}` wants no mail of milestones.
    What is not said is wanted. Notices about the account's safety always come, to the person and not to machines.
    """
    if type_ is Type.SECURITY:
        return channel is not Channel.WEBHOOK
    name = NAMES[type_]
    together = notifications.get("by_type", {}).get(name, {})
    return bool(notifications.get(channel, True) and notifications.get(name, True) and together.get(channel, True))


def mail_goes_out(now: datetime, type_: Type, digest: Digest, quiet: QuietHours | None) -> datetime:
    """When mail of an alert made now goes out.

    At 23:00 in Hanoi, with quiet hours from 22:00 to 07:00: at once means at 07:00; daily and weekly mean 08:00 of the
    next day and of the next Monday. At 12:00 without quiet hours, at once means now.
    """
    if type_ is Type.SECURITY:
        return now
    planned = now if digest is Digest.AT_ONCE else _next_digest(now, digest, quiet.zone if quiet else HOME)
    return quiet.over(planned) if quiet else planned


def _next_digest(now: datetime, digest: Digest, zone: ZoneInfo) -> datetime:
    """The first DIGEST_TIME after now; of a weekly digest, on a Monday. At 08:00 sharp it is the next one."""
    day = now.astimezone(zone).date()
    while True:
        # Where the clock jumps over 08:00, this is the time it would have been.
        moment = datetime.combine(day, DIGEST_TIME, zone).astimezone(UTC)
        if moment > now and (digest is Digest.DAILY or day.weekday() == 0):
            return moment
        day += DAY

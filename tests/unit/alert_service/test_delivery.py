"""When mail may go out: over midnight, over both changes of the clock, and whatever the digest."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alert_service.domain.delivery import HOME, Channel, Digest, QuietHours, mail_goes_out, wants
from alert_service.domain.kinds import Type

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(22), time(7), HANOI)
ZONES = [ZoneInfo(name) for name in ("UTC", "Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York",
                                     "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")]  # fmt: skip

moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
clock_times = st.times().map(lambda each: each.replace(second=0, microsecond=0))
quiet_hours = st.builds(QuietHours, clock_times, clock_times, st.sampled_from(ZONES))
types = st.sampled_from([each for each in Type if each is not Type.SECURITY])


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("made", "goes_out"),
    [
        (utc(2026, 11, 25, 14, 59), utc(2026, 11, 25, 14, 59)),  # 21:59 in Hanoi
        (utc(2026, 11, 25, 15, 0), utc(2026, 11, 26, 0, 0)),  # 22:00
        (utc(2026, 11, 25, 17, 30, 12), utc(2026, 11, 26, 0, 0)),  # 00:30, the next day there
        (utc(2026, 11, 25, 23, 59, 59), utc(2026, 11, 26, 0, 0)),  # 06:59:59
        (utc(2026, 11, 26, 0, 0), utc(2026, 11, 26, 0, 0)),  # 07:00
    ],
)
def test_what_is_made_in_the_night_goes_out_at_seven(made: datetime, goes_out: datetime) -> None:
    assert mail_goes_out(made, Type.MILESTONE, Digest.AT_ONCE, NIGHT) == goes_out
    assert mail_goes_out(made, Type.SECURITY, Digest.WEEKLY, NIGHT) == made


@pytest.mark.parametrize(
    ("end", "made", "goes_out"),
    [
        # 29 March 2026, 01:00 UTC: 02:00 became 03:00, so 02:30 was never shown.
        (time(2, 30), utc(2026, 3, 29, 0, 30), utc(2026, 3, 29, 1, 0)),
        (time(7), utc(2026, 3, 29, 0, 30), utc(2026, 3, 29, 5, 0)),
        # 25 October 2026, 01:00 UTC: 03:00 became 02:00, so 02:30 was shown twice.
        (time(2, 30), utc(2026, 10, 24, 23, 0), utc(2026, 10, 25, 0, 30)),
        (time(2, 30), utc(2026, 10, 25, 0, 45), utc(2026, 10, 25, 0, 45)),
        (time(2, 30), utc(2026, 10, 25, 1, 10), utc(2026, 10, 25, 1, 30)),
        (time(7), utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 6, 0)),
    ],
)
def test_a_clock_that_jumps_neither_holds_too_long_nor_lets_go_too_early(
    end: time, made: datetime, goes_out: datetime
) -> None:
    quiet = QuietHours(time(22), end, BERLIN)
    assert mail_goes_out(made, Type.REMINDER, Digest.AT_ONCE, quiet) == goes_out


@pytest.mark.parametrize(
    ("digest", "made", "goes_out"),
    [
        (Digest.DAILY, utc(2026, 11, 25, 0, 59), utc(2026, 11, 25, 1, 0)),  # Wednesday, 07:59 in Hanoi
        (Digest.DAILY, utc(2026, 11, 25, 1, 0), utc(2026, 11, 26, 1, 0)),  # 08:00 sharp is the next day's
        (Digest.WEEKLY, utc(2026, 11, 25, 1, 0), utc(2026, 11, 30, 1, 0)),  # the Monday after
        (Digest.WEEKLY, utc(2026, 11, 30, 0, 59), utc(2026, 11, 30, 1, 0)),  # on Monday, in time
        (Digest.WEEKLY, utc(2026, 11, 30, 1, 0), utc(2026, 12, 7, 1, 0)),
    ],
)
def test_a_digest_goes_out_at_eight(digest: Digest, made: datetime, goes_out: datetime) -> None:
    assert mail_goes_out(made, Type.MILESTONE, digest, None) == goes_out
    assert mail_goes_out(made, Type.MILESTONE, digest, NIGHT) == goes_out


def test_a_digest_that_would_come_in_quiet_hours_waits_for_their_end() -> None:
    late_riser = QuietHours(time(23), time(10, 15), HANOI)
    assert mail_goes_out(utc(2026, 11, 25, 6), Type.MILESTONE, Digest.DAILY, late_riser) == utc(2026, 11, 26, 3, 15)


@given(moments, types, st.sampled_from(Digest), quiet_hours)
def test_mail_never_goes_out_in_quiet_hours_nor_before_it_is_made_nor_never(
    made: datetime, type_: Type, digest: Digest, quiet: QuietHours
) -> None:
    goes_out = mail_goes_out(made, type_, digest, quiet)
    assert not quiet.hold(goes_out)
    # A week for the digest, a day and what the clock may jump for the quiet hours.
    assert timedelta(0) <= goes_out - made <= timedelta(days=8, hours=25)


@given(moments, quiet_hours)
def test_mail_goes_out_at_the_first_moment_that_is_not_quiet(made: datetime, quiet: QuietHours) -> None:
    assume(quiet.hold(made))
    goes_out = quiet.over(made)
    assert quiet.hold(goes_out - timedelta(seconds=1))
    assert goes_out - made <= timedelta(hours=25)


@given(moments, quiet_hours, st.sampled_from([Digest.DAILY, Digest.WEEKLY]), types)
def test_a_digest_gathers_what_is_made_before_it(
    made: datetime, quiet: QuietHours, digest: Digest, type_: Type
) -> None:
    """Two alerts between which no digest went out go out together."""
    first = mail_goes_out(made, type_, digest, quiet)
    second = mail_goes_out(made + timedelta(minutes=10), type_, digest, quiet)
    assert second >= first
    local = made.astimezone(quiet.zone)
    assume(local.hour not in {7, 8})
    assert second == first


@given(moments, types, st.sampled_from(Digest))
def test_the_same_time_twice_is_no_quiet_hours(made: datetime, type_: Type, digest: Digest) -> None:
    none = QuietHours(time(9), time(9), HOME)
    assert mail_goes_out(made, type_, digest, none) == mail_goes_out(made, type_, digest, None)


@pytest.mark.parametrize(
    ("notifications", "type_", "channel", "wanted"),
    [
        ({}, Type.MILESTONE, Channel.EMAIL, True),
        ({"email": False}, Type.MILESTONE, Channel.EMAIL, False),
        ({"email": False}, Type.MILESTONE, Channel.IN_APP, True),
        ({"milestones": False}, Type.MILESTONE, Channel.IN_APP, False),
        ({"milestones": False}, Type.SCORE_CHANGE, Channel.IN_APP, True),
        ({"by_type": {"milestones": {"email": False}}}, Type.MILESTONE, Channel.EMAIL, False),
        ({"by_type": {"milestones": {"email": False}}}, Type.MILESTONE, Channel.WEBHOOK, True),
        ({"by_type": {"milestones": {"email": False}}}, Type.REMINDER, Channel.EMAIL, True),
        ({"email": False, "by_type": {"reminders": {"email": True}}}, Type.REMINDER, Channel.EMAIL, False),
        ({"email": False, "in_app": False}, Type.SECURITY, Channel.EMAIL, True),
        ({"email": False, "in_app": False}, Type.SECURITY, Channel.IN_APP, True),
        ({}, Type.SECURITY, Channel.WEBHOOK, False),
    ],
)
def test_what_a_person_wants_of_what_by_which_way(
    notifications: dict[str, Any], type_: Type, channel: Channel, wanted: bool
) -> None:
    assert wants(notifications, type_, channel) is wanted

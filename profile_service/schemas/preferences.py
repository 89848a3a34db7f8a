"""Preferences on the wire."""

from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from service_kit.schemas import Input, Output

TIMEZONES = frozenset(available_timezones())

Theme = Literal["light", "dark", "auto"]
Language = Literal["vi", "en", "zh"]
Digest = Literal["at_once", "daily", "weekly"]
# Existing clients show these two switches, so they are kept.
PUSH = "Kept for clients that show the switch; nothing is sent by push, so it changes nothing"
TIPS = "Kept for clients that show the switch; no tips are sent, so it changes nothing"
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


def _known_zone(value: str) -> str:
    if value not in TIMEZONES:
        raise ValueError("must be an IANA time zone such as Asia/Ho_Chi_Minh")
    return value


class QuietHours(Input):
    """No messages between `from` and `to` on the person's own clock; `to` may be on the next morning."""

    from_: ClockTime = Field(alias="from", examples=["22:00"])
    to: ClockTime = Field(examples=["07:00"])
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(examples=["Asia/Ho_Chi_Minh"])

    model_config = ConfigDict(serialize_by_alias=True)


class ChannelsIn(Input):
    """By which ways one type of messages comes; an absent key stays as it is."""

    in_app: bool | None = Field(None, examples=[True])
    email: bool | None = Field(None, examples=[False])
    webhook: bool | None = Field(None, examples=[True])


class ByTypeIn(Input):
    milestones: ChannelsIn | None = None
    score_changes: ChannelsIn | None = None
    reminders: ChannelsIn | None = None


class NotificationsIn(Input):
    """Which messages a person wants; an absent key stays as it is.

    A message comes by a way if the way is on, its type is on, and `by_type` does not rule out the two together.
    `digest` gathers mail; notices about the account's safety come at once and are not asked about.
    """

    in_app: bool | None = Field(None, examples=[True])
    email: bool | None = Field(None, examples=[True])
    push: bool | None = Field(None, examples=[True], description=PUSH)
    webhook: bool | None = Field(None, examples=[True])
    milestones: bool | None = Field(None, examples=[True])
    score_changes: bool | None = Field(None, examples=[True])
    reminders: bool | None = Field(None, examples=[True])
    tips: bool | None = Field(None, examples=[True], description=TIPS)
    by_type: ByTypeIn | None = None
    digest: Digest | None = Field(None, examples=["daily"])


class PreferencesIn(Input):
    """An absent key stays as it is, with PUT as with PATCH; `quiet_hours: null` ends the quiet hours."""

    theme: Theme | None = Field(None, examples=["dark"])
    language: Language | None = Field(None, examples=["vi"])
    notifications: NotificationsIn | None = None
    quiet_hours: QuietHours | None = None


class ChannelsOut(Output):
    in_app: bool
    email: bool
    webhook: bool


class ByTypeOut(Output):
    milestones: ChannelsOut
    score_changes: ChannelsOut
    reminders: ChannelsOut


class NotificationsOut(Output):
    in_app: bool
    email: bool
    push: bool = Field(description=PUSH)
    webhook: bool
    milestones: bool
    score_changes: bool
    reminders: bool
    tips: bool = Field(description=TIPS)
    by_type: ByTypeOut
    digest: Digest


class PreferencesOut(Output):
    theme: Theme
    language: Language
    notifications: NotificationsOut
    quiet_hours: QuietHours | None

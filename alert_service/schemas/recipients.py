"""How a person wants to be told and where, as the profile service and the user service say it."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, EmailStr, Field, StringConstraints

from alert_service.domain.delivery import Digest
from service_kit.languages import Language
from service_kit.schemas import Input

TIMEZONES = frozenset(available_timezones())
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Version = Annotated[int, Field(ge=1, lt=2**31, examples=[3], description="Counts what is told; a later one is higher")]


def _known_zone(value: str) -> str:
    if value not in TIMEZONES:
        raise ValueError("must be an IANA time zone such as Asia/Ho_Chi_Minh")
    return value


class _Told(Input):
    # What the teller adds later is of no use here, and refused it would be told for ever.
    model_config = ConfigDict(extra="ignore")


class QuietHours(_Told):
    from_: ClockTime = Field(alias="from", examples=["22:00"])
    to: ClockTime = Field(examples=["07:00"])
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(examples=["Asia/Ho_Chi_Minh"])

    model_config = ConfigDict(serialize_by_alias=True)


class Channels(_Told):
    in_app: bool = True
    email: bool = True
    webhook: bool = True


class ByType(_Told):
    milestones: Channels = Channels()
    score_changes: Channels = Channels()
    reminders: Channels = Channels()


class Notifications(_Told):
    in_app: bool = True
    email: bool = True
    webhook: bool = True
    milestones: bool = True
    score_changes: bool = True
    reminders: bool = True
    by_type: ByType = ByType()
    digest: Digest = Digest.AT_ONCE


class DeliveryPreferencesIn(_Told):
    version: Version
    language: Language = Field(examples=["vi"])
    notifications: Notifications = Field(examples=[{"email": True, "digest": "daily"}])
    quiet_hours: QuietHours | None = Field(examples=[{"from": "22:00", "to": "07:00", "timezone": "Asia/Ho_Chi_Minh"}])


class AddressIn(_Told):
    version: Version
    email: EmailStr | None = Field(examples=["an@example.com"], description="Verified; null when there is none")

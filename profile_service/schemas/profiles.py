"""A profile on the wire."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, EmailStr, Field, HttpUrl, StringConstraints, TypeAdapter

from profile_service.domain.birthdays import AGE_MAX, AGE_MIN, age_on
from profile_service.domain.phones import e164
from service_kit.schemas import PLAIN_TEXT, BadValue, Input, Instant, Output

_http_url: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)


def _possible_phone(value: str) -> str:
    if e164(value) is None:
        raise ValueError("must be a possible phone number; without a country code it is read as Vietnamese")
    return value


def _of_age(value: date) -> date:
    if not AGE_MIN <= age_on(value, datetime.now(UTC).date()) <= AGE_MAX:
        raise BadValue("must be in the past and at least {years} years ago", years=AGE_MIN)
    return value


def _http_address(value: str) -> str:
    # Kept as typed; parsing it is only the check.
    _http_url.validate_python(value)
    return value


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), PLAIN_TEXT]
Phone = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=40), PLAIN_TEXT, AfterValidator(_possible_phone)
]
Avatar = Annotated[str, StringConstraints(max_length=2000), PLAIN_TEXT, AfterValidator(_http_address)]
BirthDate = Annotated[date, AfterValidator(_of_age)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), PLAIN_TEXT]


class ProfileIn(Input):
    """What a person may set; null clears a field. With PATCH an absent field stays as it is, with PUT it is cleared."""

    full_name: Name | None = Field(None, examples=["Nguyễn Văn An"])
    email: EmailStr | None = Field(None, examples=["an@example.com"])
    phone: Phone | None = Field(None, examples=["0912 345 678"])
    avatar: Avatar | None = Field(None, examples=["https://example.com/an.png"])
    date_of_birth: BirthDate | None = Field(None, examples=["1990-05-17"])
    address: Address | None = Field(None, examples=["12 Lê Lợi, Huế"])


class ProfileOut(Output):
    user_id: UUID
    full_name: str | None
    email: str | None
    phone: str | None
    phone_e164: str | None
    avatar: str | None
    date_of_birth: date | None
    address: str | None
    created_at: Instant
    updated_at: Instant


class CompletenessOut(Output):
    percent: int = Field(ge=0, le=100)
    missing: list[str]

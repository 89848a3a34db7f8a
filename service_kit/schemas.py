"""Bases and field types of the wire: input refuses what it does not know, output says exactly what is stored."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict


class BadValue(ValueError):  # noqa: N818 - a message for the caller
    """For validators whose message has values: `raise BadValue("must have at most {most} answers", most=200)`."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.values = values


def _plain_text(value: str) -> str:
    # PostgreSQL stores no NUL, and a lone surrogate cannot be encoded at all.
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("must be text without NUL or unpaired surrogates")
    return value


def in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must lie within the years 1 to 9999") from error


# Beside constraints: `Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), PLAIN_TEXT]`. The other
# way round, constraints after a validator, pydantic counts the characters before it strips them.
PLAIN_TEXT = AfterValidator(_plain_text)
Text = Annotated[str, PLAIN_TEXT]
Instant = Annotated[AwareDatetime, AfterValidator(in_utc)]


class Input(BaseModel):
    """A request's body: unknown fields are refused, never ignored; infinities and NaN are no numbers here."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, populate_by_name=True)


class Output(BaseModel):
    """A reply's body, filled from a row or from keyword arguments."""

    model_config = ConfigDict(from_attributes=True)


def utc_now() -> datetime:
    return datetime.now(UTC)

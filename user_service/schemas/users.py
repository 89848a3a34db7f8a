"""Accounts on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, EmailStr, Field, StringConstraints

from service_kit.schemas import PLAIN_TEXT, Input, Instant, Output
from user_service.domain.passwords import LENGTH_MAX, LENGTH_MIN, normalise

# Lower case can be longer than what was typed (a Turkish capital dotted I becomes two), so its length counts.
Email = Annotated[EmailStr, AfterValidator(str.lower), StringConstraints(max_length=254)]
Username = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50), PLAIN_TEXT]
NewPassword = Annotated[
    str, StringConstraints(min_length=LENGTH_MIN, max_length=LENGTH_MAX), PLAIN_TEXT, AfterValidator(normalise)
]
# At sign-in no rule is applied but a bound: whether a password would be accepted today says nothing about an old one.
Password = Annotated[str, StringConstraints(max_length=1_000), PLAIN_TEXT, AfterValidator(normalise)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500), PLAIN_TEXT]
KEPT = "Kept in the audit log for good, so it should name no person"


class SignUpIn(Input):
    email: Email = Field(examples=["an@example.com"])
    password: NewPassword = Field(examples=["rice-paper-lantern"])
    username: Username | None = Field(None, examples=["An"])


class AccountIn(Input):
    """What people may change about their account; an absent key stays as it is, with PUT as with PATCH."""

    username: Username | None = Field(None, description="null clears it", examples=["An"])
    email: Email | None = Field(
        None,
        examples=["an.new@example.com"],
        description="A new one needs `password` and is unverified until confirmed",
    )
    password: Password | None = Field(None, description="Your current password", examples=["rice-paper-lantern"])


class UserIn(SignUpIn):
    """An account made by an administrator."""

    is_admin: bool = False
    disabled: bool = False
    reason: Reason | None = Field(None, description=KEPT, examples=["Works at the branch in Hue"])


class UserChangesIn(Input):
    """What an administrator may change; an absent key stays as it is. A new password ends the user's sessions."""

    username: Username | None = Field(None, description="null clears it", examples=["An"])
    email: Email | None = Field(None, examples=["an@example.com"])
    password: NewPassword | None = Field(None, examples=["lotus-pond-at-dawn"])
    email_verified: bool | None = Field(None, examples=[True])
    is_admin: bool | None = Field(None, examples=[False])
    disabled: bool | None = Field(None, examples=[False])
    reason: Reason | None = Field(None, description=KEPT, examples=["Asked for it by telephone"])


class ReasonIn(Input):
    reason: Reason = Field(description=KEPT, examples=["Reported as stolen"])


class UserOut(Output):
    id: UUID
    email: str
    username: str | None
    is_admin: bool
    disabled: bool
    email_verified: bool
    created_at: Instant


class SummaryOut(Output):
    total_users: int
    active_users: int = Field(description="Those who are not disabled")
    inactive_users: int = Field(description="Those who are disabled")
    admin_users: int
    new_users_today: int = Field(description="Since midnight UTC")

"""Signing in and out on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AliasChoices, Field, StringConstraints

from service_kit.schemas import PLAIN_TEXT, Input, Output
from user_service.schemas.users import Email, NewPassword, Password, UserOut

Token = Annotated[str, StringConstraints(min_length=1, max_length=4_096), PLAIN_TEXT]
DeviceToken = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64),
    PLAIN_TEXT,
    Field(description="What the last login on this device answered, so that it is known; browsers have a cookie"),
]


class LoginIn(Input):
    email: Email = Field(examples=["an@example.com"])
    password: Password = Field(examples=["rice-paper-lantern"])
    otp: Annotated[str, StringConstraints(max_length=64), PLAIN_TEXT] | None = Field(
        None, description="For accounts with an authenticator app: one of its codes, or a recovery code"
    )

    device_token: DeviceToken | None = None


class RefreshTokenIn(Input):
    refresh_token: Token | None = Field(
        None, description="Absent: the cookie's", examples=["kW9m2v4Jr0cC8hQ5nT1yXb7ZsPdLfGuA3eRiOqMwHxY"]
    )


class AccessTokenIn(Input):
    token: Token | None = Field(None, description="Absent: the Bearer", examples=["eyJhbGciOiJFUzI1NiIs.eyJpc3M.c2ln"])


class ChangePasswordIn(Input):
    old_password: Password = Field(
        validation_alias=AliasChoices("old_password", "oldPassword"), examples=["rice-paper-lantern"]
    )
    new_password: NewPassword = Field(
        validation_alias=AliasChoices("new_password", "newPassword"), examples=["lotus-pond-at-dawn"]
    )


class SignedInOut(Output):
    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - RFC 6750's word
    expires_in: int = Field(description="Seconds the access token is good for")
    refresh_token: str
    user: UserOut
    device_token: str | None = Field(None, description="Of a login: by which the device is known; see its request")


class ClaimsOut(Output):
    iss: str
    aud: str
    sub: UUID
    sid: UUID
    roles: list[str]
    iat: int
    exp: int

"""Codes by mail on the wire."""

from typing import Annotated

from pydantic import AliasChoices, Field, StringConstraints

from service_kit.schemas import PLAIN_TEXT, Input, Output
from user_service.schemas.users import Email, NewPassword

CodeText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128), PLAIN_TEXT]


class ForgotPasswordIn(Input):
    email: Email = Field(examples=["an@example.com"])


class ResetPasswordIn(Input):
    reset_token: CodeText = Field(
        validation_alias=AliasChoices("reset_token", "token"),
        description="From the link of the mail, or the digits beside it, which need `email`",
        examples=["nB2Y4mUq0Zr7Jx1Tt5VQp8cLwE3sKdG6hAiOyNfXvMb"],
    )
    new_password: NewPassword = Field(
        validation_alias=AliasChoices("new_password", "newPassword"), examples=["lotus-pond-at-dawn"]
    )
    email: Email | None = Field(None, examples=["an@example.com"])


class DeviceOut(Output):
    device_token: str = Field(description="For `device_token` of the next login; browsers also get it as a cookie")


class VerifyEmailIn(Input):
    token: CodeText = Field(examples=["nB2Y4mUq0Zr7Jx1Tt5VQp8cLwE3sKdG6hAiOyNfXvMb"])


class EmptyOut(Output):
    """Nothing that could be told apart."""

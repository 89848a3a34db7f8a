"""Second factors on the wire."""

from typing import Annotated

from pydantic import Field, StringConstraints

from service_kit.schemas import PLAIN_TEXT, Input, Output
from user_service.schemas.users import Password

Otp = Annotated[str, StringConstraints(min_length=1, max_length=64), PLAIN_TEXT]


class OwnPasswordIn(Input):
    password: Password = Field(description="Your password", examples=["rice-paper-lantern"])


class OtpIn(Input):
    otp: Otp = Field(description="The code your authenticator app shows", examples=["287082"])


class FactorsIn(OwnPasswordIn):
    otp: Otp | None = Field(
        None,
        description="A code of your authenticator app, or a recovery code; needed if your account has an app",
        examples=["287082"],
    )


class BothFactorsIn(FactorsIn):
    otp: Otp = Field(description="A code of your authenticator app, or a recovery code", examples=["287082"])


class TotpOut(Output):
    is_on: bool = Field(description="Whether signing in by password needs a code")
    recovery_codes_left: int


class TotpOfferOut(Output):
    secret: str = Field(description="For typing it in where no camera is")
    otpauth_uri: str = Field(description="What the QR code says")
    qr_png: str = Field(description="The QR code as a data URI")


class RecoveryCodesOut(Output):
    recovery_codes: list[str] = Field(description="Ten codes, each good for one sign-in; they are shown only now")

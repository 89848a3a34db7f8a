"""Passkeys on the wire: WebAuthn's own JSON, as `PublicKeyCredential.toJSON()` of a browser gives and takes it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from service_kit.schemas import PLAIN_TEXT, Input, Instant, Output
from user_service.schemas.auth import DeviceToken

Base64Url = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=20_000)]
CredentialId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=1_400)]


class _Credential(BaseModel):
    """Browsers add keys of their own; what is not named here is not looked at."""

    id: CredentialId = Field(examples=["kW9m2v4Jr0c"])
    raw_id: CredentialId = Field(alias="rawId", examples=["kW9m2v4Jr0c"])
    type: Literal["public-key"] = Field(examples=["public-key"])


class Attestation(BaseModel):
    client_data: Base64Url = Field(alias="clientDataJSON", examples=["eyJ0eXBlIjoid2ViYXV0aG4i"])
    attestation: Base64Url = Field(alias="attestationObject", examples=["o2NmbXRkbm9uZQ"])


class Assertion(BaseModel):
    client_data: Base64Url = Field(alias="clientDataJSON", examples=["eyJ0eXBlIjoid2ViYXV0aG4i"])
    authenticator_data: Base64Url = Field(alias="authenticatorData", examples=["SZYN5YgOjGh0NBcPZHZgW4"])
    signature: Base64Url = Field(examples=["MEUCIQCx2Rh0"])
    user_handle: Base64Url = Field(alias="userHandle", examples=["AZO2N0ZhcnQ"])


class CreatedCredential(_Credential):
    response: Attestation


class UsedCredential(_Credential):
    response: Assertion


class PasskeyIn(Input):
    credential: CreatedCredential
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), PLAIN_TEXT] | None = (
        Field(None, examples=["My telephone"])
    )


class PasskeyLoginIn(Input):
    credential: UsedCredential
    device_token: DeviceToken | None = None


class PasskeyOut(Output):
    id: UUID
    name: str | None
    created_at: Instant
    last_used_at: Instant | None


Options = dict[str, Any]

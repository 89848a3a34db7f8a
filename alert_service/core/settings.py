"""Settings of the alert service."""

from typing import ClassVar, Self

from pydantic import Field, SecretStr, model_validator

from service_kit.mail import MailSettings


class Settings(MailSettings):
    service: ClassVar[str] = "alert_service"

    database_url: SecretStr = Field(validation_alias="ALERT_DATABASE_URL")
    field_keys: SecretStr
    webhooks_per_person_max: int = Field(5, ge=1, le=100)
    # Lets webhooks lead to this very machine, where a developer's receiver runs.
    webhooks_to_loopback: bool = False
    # Of each process. A stream costs a connection and some kilobytes, and holds no connection to the database.
    streams_max: int = Field(500, ge=1, le=10_000)
    streams_per_person_max: int = Field(5, ge=1, le=100)

    @model_validator(mode="after")
    def refuse_loopback(self) -> Self:
        if self.production and self.webhooks_to_loopback:
            raise ValueError("WEBHOOKS_TO_LOOPBACK is for development only")
        return self

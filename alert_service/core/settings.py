"""Settings of the alert service."""

from typing import ClassVar

from pydantic import Field, SecretStr

from service_kit.settings import ServiceSettings


class Settings(ServiceSettings):
    service: ClassVar[str] = "alert_service"

    database_url: SecretStr = Field(validation_alias="ALERT_DATABASE_URL")

"""Settings of the alert service."""

from typing import ClassVar

from pydantic import Field, SecretStr

from service_kit.settings import ServiceSettings


class Settings(ServiceSettings):
    service: ClassVar[str] = "alert_service"

    database_url: SecretStr = Field(validation_alias="ALERT_DATABASE_URL")
    # Of each process. A stream costs a connection and some kilobytes, and holds no connection to the database.
    streams_max: int = Field(500, ge=1, le=10_000)
    streams_per_person_max: int = Field(5, ge=1, le=100)

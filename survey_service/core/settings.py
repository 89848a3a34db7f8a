"""Settings of the survey service."""

from typing import ClassVar

from pydantic import Field, SecretStr

from service_kit.settings import ServiceSettings


class Settings(ServiceSettings):
    service: ClassVar[str] = "survey_service"

    database_url: SecretStr = Field(validation_alias="SURVEY_DATABASE_URL")

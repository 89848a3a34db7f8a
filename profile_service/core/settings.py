"""Settings of the profile service."""

from typing import ClassVar

from pydantic import Field, SecretStr

from service_kit.settings import ServiceSettings


class Settings(ServiceSettings):
    service: ClassVar[str] = "profile_service"

    database_url: SecretStr = Field(validation_alias="PROFILE_DATABASE_URL")
    field_keys: SecretStr
    alert_service_url: str
    score_service_url: str
    user_id_header: bool = True

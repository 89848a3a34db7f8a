"""Settings of the score service."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr

from service_kit.settings import ServiceSettings

SCORECARDS = Path(__file__).parent.parent / "scorecards"


class Settings(ServiceSettings):
    service: ClassVar[str] = "score_service"

    database_url: SecretStr = Field(validation_alias="SCORE_DATABASE_URL")
    survey_service_url: str
    alert_service_url: str
    # The version of the scorecard that decides, until administrators promote another; the artifacts are shipped with
    # the service.
    champion: str = "gmsc-7f-2026.11.2"
    # The version that is scored beside it, until administrators promote it.
    challenger: str = "gmsc-9f-2026.11.3"

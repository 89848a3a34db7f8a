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
    champion: Path = SCORECARDS / "champion-1.json"

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
    # The version of the scorecard that decides; its artifact is a file of that name, shipped with the service.
    champion: str = Field("gmsc-7f-2026.11", pattern=r"^[a-z0-9][a-z0-9.-]{0,49}$")

    @property
    def champion_file(self) -> Path:
        return SCORECARDS / f"{self.champion}.json"

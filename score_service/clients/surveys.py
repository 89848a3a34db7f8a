"""What the survey service knows of a person, and what it makes of answers: as much of its replies as is read here."""

from collections.abc import Mapping
from typing import Annotated, Any, cast
from uuid import UUID

import httpx
import structlog
from fastapi import Depends, Request
from pydantic import BaseModel, JsonValue

from service_kit.http_client import ServiceClient
from service_kit.problems import FieldError, Malformed, Unavailable

log = structlog.get_logger()


class SurveyFeatures(BaseModel):
    """The features of a person's newest complete response; `ranges` are the ends of those whose answers name bands."""

    response_id: str
    version: int
    facts: dict[str, float]
    features: dict[str, float | None]
    # A survey service of the version before says nothing of them.
    ranges: dict[str, tuple[float, float]] = {}


class AnsweredFeatures(BaseModel):
    """The facts and features that flat answers come to, and the keys among them that change nothing."""

    version: int
    facts: dict[str, float]
    features: dict[str, float | None]
    ranges: dict[str, tuple[float, float]] = {}
    ignored: list[str]


class SurveyClient:
    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    async def find_features(self, user_id: UUID) -> SurveyFeatures | None:
        """None when the person has not completed the survey."""
        response = await self._service.get(f"/survey/features/{user_id}")
        if response.status_code == 404:
            return None
        return SurveyFeatures.model_validate_json(_body(response))

    async def read_answers(
        self, answers: Mapping[str, JsonValue], base_facts: Mapping[str, float] | None = None
    ) -> AnsweredFeatures:
        """What the answers come to, laid over `base_facts`. Raises Malformed, naming each that the survey refuses."""
        body = {"answers": answers} if base_facts is None else {"answers": answers, "base_facts": base_facts}
        response = await self._service.ask("/survey/features", body)
        if response.status_code == 422:
            raise Malformed(errors=[_field_error(each) for each in response.json().get("errors", [])])
        return AnsweredFeatures.model_validate_json(_body(response))


def _body(response: httpx.Response) -> bytes:
    """The body of a success; any other status here means that the two services do not understand each other."""
    if response.status_code != 200:
        log.error("survey_answered_unexpectedly", status=response.status_code)
        raise Unavailable(retry_after_s=2)
    return response.content


def _field_error(error: Mapping[str, Any]) -> FieldError:
    # The survey was asked about `{"answers": {...}}`; our caller sent the answers at the top.
    return FieldError(pointer=str(error["pointer"]).removeprefix("/answers"), message=str(error["message"]))


async def _survey_client(request: Request) -> SurveyClient:
    return cast("SurveyClient", request.app.state.surveys)


Surveys = Annotated[SurveyClient, Depends(_survey_client)]

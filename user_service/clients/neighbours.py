"""What every other service is asked about a person: hand over what you hold, and erase it."""

from collections.abc import Mapping
from typing import Annotated, cast
from uuid import UUID

import httpx
import structlog
from fastapi import Depends, Request

from service_kit.http_client import ServiceClient
from service_kit.privacy import PATH, TooMuchToExport
from service_kit.problems import Unavailable

log = structlog.get_logger()

GATHERED_WITHIN_S = 8.0


class Neighbours:
    def __init__(self, services: Mapping[str, ServiceClient]) -> None:
        self._services = services

    async def gather(self, service: str, user_id: UUID) -> bytes:
        """All that a service holds about a person, as JSON. Raises Unavailable when it does not say."""
        try:
            answer = await self._services[service].wait_for(f"{PATH}/{user_id}", GATHERED_WITHIN_S)
        except httpx.HTTPError as error:
            log.warning("service_unreachable", peer=service, exc_type=type(error).__name__)
            raise Unavailable(retry_after_s=5) from error
        if answer.status_code == TooMuchToExport.status:
            raise TooMuchToExport
        if answer.status_code != 200:
            log.error("export_refused", peer=service, status=answer.status_code)
            raise Unavailable(retry_after_s=5)
        return answer.content

    async def erase(self, service: str, user_id: UUID) -> None:
        """Return when the service has erased the person; raise when it must be asked again."""
        (await self._services[service].send("DELETE", f"{PATH}/{user_id}")).raise_for_status()


async def _neighbours(request: Request) -> Neighbours:
    return cast("Neighbours", request.app.state.neighbours)


AllNeighbours = Annotated[Neighbours, Depends(_neighbours)]

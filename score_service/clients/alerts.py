"""Telling the alert service that a score changed."""

from typing import Any

import structlog
from sqlalchemy import Row

from service_kit.http_client import ServiceClient

log = structlog.get_logger()


class AlertClient:
    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    async def send_score_update(self, event: Row[Any]) -> None:
        """Return when the alert service has taken the event; raise when it must be sent again.

        A refusal (4xx) is sent again too, ever more slowly: what we send is ours to get right, so a refusal means that
        one side is broken or misconfigured, and skipping would lose a person's alert or tell two in the wrong order.
        """
        response = await self._service.post("/score-updates", {"event_id": str(event.event_id), **event.payload})
        if response.is_client_error:
            log.error("score_update_refused", event_id=str(event.event_id), status=response.status_code)
        response.raise_for_status()

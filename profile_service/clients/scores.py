"""Telling the score service whether it may score a person."""

from typing import Any

from sqlalchemy import Row

from service_kit.http_client import ServiceClient


class ScoreClient:
    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    async def send_consent(self, event: Row[Any]) -> None:
        """Return when the score service has it; raise when it must be sent again."""
        consent = dict(event.payload)
        path = f"/internal/consents/{consent.pop('user_id')}"
        (await self._service.send("PUT", path, consent)).raise_for_status()

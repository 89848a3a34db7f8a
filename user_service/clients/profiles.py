"""Telling the profile service what people agreed to when they signed up."""

from typing import Any

from sqlalchemy import Row

from service_kit.http_client import ServiceClient


class ProfileClient:
    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    async def send_consent(self, event: Row[Any]) -> None:
        """Return when the profile service has recorded it; raise when it must be sent again."""
        consent = dict(event.payload)
        path = f"/internal/consents/{consent.pop('user_id')}"
        (await self._service.send("POST", path, {"event_id": str(event.event_id), **consent})).raise_for_status()

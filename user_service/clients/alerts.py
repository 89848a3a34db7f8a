"""Telling the alert service what happened to an account, and where its owner may be written to."""

from typing import Any

from sqlalchemy import Row

from service_kit.http_client import ServiceClient


class AlertClient:
    """Each call returns when the alert service has the event, and raises when it must be sent again."""

    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    async def send_notice(self, event: Row[Any]) -> None:
        body = {"event_id": str(event.event_id), "user_id": str(event.key), **event.payload}
        (await self._service.send("POST", "/internal/security-notices", body)).raise_for_status()

    async def send_address(self, event: Row[Any]) -> None:
        # Events of an account are numbered in their order, since whoever writes one has its row locked.
        body = {"version": event.id, **event.payload}
        (await self._service.send("PUT", f"/internal/addresses/{event.key}", body)).raise_for_status()

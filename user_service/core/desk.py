"""The desk where credentials are checked and handed out."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request

from service_kit.auth import Authenticator, authenticator_of
from service_kit.database import Database, database_of
from user_service.core.clients import Client, client_of
from user_service.core.hashing import PasswordHasher
from user_service.core.keys import Keys


@dataclass(frozen=True, slots=True)
class Desk:
    """What credential work needs.

    A hash may wait in a queue, so no connection is held around one: a story reads through `database.reader`, hashes,
    and only then writes in a `database.transaction()`.
    """

    database: Database
    hasher: PasswordHasher
    keys: Keys
    authenticator: Authenticator
    client: Client

    def on_device(self, token: str | None) -> "Desk":
        """The desk for an app, which keeps its device's token itself and sends it along."""
        if token is None:
            return self
        return replace(self, client=replace(self.client, device_tokens=(*self.client.device_tokens, token)))


async def _desk(request: Request) -> Desk:
    state = request.app.state
    client = client_of(request, state.keys)
    return Desk(database_of(request), state.hasher, state.keys, authenticator_of(request), client)


AtDesk = Annotated[Desk, Depends(_desk)]

"""Known devices: guesses from elsewhere cannot lock their owner out, and a sign-in from elsewhere is told of."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service_kit.database import Reads, Transaction
from user_service.core.clients import Client
from user_service.core.keys import new_token, token_hash
from user_service.crud import devices as devices_crud


async def find_known_device(db: Reads, client: Client, user_id: UUID) -> Any:
    """The caller's device, as `devices` has it, if it is known to an account, and else None."""
    presented = presented_by(client)
    return await devices_crud.find_known_device(db, user_id, list(presented)) if presented else None


async def remember(db: Transaction, user_id: UUID) -> str:
    """Make a token for a device of this account before anybody has signed in on it."""
    token = new_token()
    await devices_crud.create_device(db, user_id, token_hash(token))
    return token


async def forget_other_devices(db: Transaction, client: Client, user_id: UUID) -> None:
    await devices_crud.forget_devices(db, user_id, except_for=list(presented_by(client)))


def presented_by(client: Client) -> Mapping[bytes, str]:
    """The tokens that a caller shows to be known by, each by the hash it would be stored as."""
    return {token_hash(token): token for token in client.device_tokens}

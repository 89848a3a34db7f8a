"""Known devices: guesses from elsewhere cannot lock their owner out, and a sign-in from elsewhere is told of."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service_kit.database import Reads, Transaction
from user_service.core.clients import Client
from user_service.core.desk import Desk
from user_service.core.keys import new_token, token_hash
from user_service.crud import attempts as attempts_crud
from user_service.crud import devices as devices_crud
from user_service.crud import users as users_crud
from user_service.domain.mails import MAILS_AN_HOUR_MAX, Notice
from user_service.services.notices import tell


async def find_known_device(db: Reads, client: Client, user_id: UUID) -> Any:
    """The caller's device, as `devices` has it, if it is known to an account, and else None."""
    presented = _presented(client)
    return await devices_crud.find_known_device(db, user_id, list(presented)) if presented else None


async def recognise(db: Transaction, desk: Desk, user: Any) -> str:
    """The token by which the device that just signed in is known from now on.

    The owner is told when it is a new one, unless it is the account's first, which is their own.
    """
    presented = _presented(desk.client)
    known = await devices_crud.touch_device(db, user.id, list(presented)) if presented else None
    if known is None and await devices_crud.has_devices(db, user.id):
        await _tell_of_new_device(db, desk, user.id)
    elif user.language != desk.client.language:
        await users_crud.note_language(db, user.id, desk.client.language)
    return presented[known] if known is not None else await remember(db, user.id, signed_in=True)


async def remember(db: Transaction, user_id: UUID, *, signed_in: bool) -> str:
    """Make a token for a device of this account. It is never one that was presented, which may have been planted."""
    token = new_token()
    await devices_crud.create_device(db, user_id, token_hash(token), signed_in=signed_in)
    return token


async def forget_other_devices(db: Transaction, client: Client, user_id: UUID) -> None:
    await devices_crud.forget_devices(db, user_id, except_for=list(_presented(client)))


async def _tell_of_new_device(db: Transaction, desk: Desk, user_id: UUID) -> None:
    # A program that keeps neither cookie nor token is new each time, and one is not told of it without end.
    subject = desk.keys.conceal("new-device", str(user_id))
    if await attempts_crud.take_turn(db, subject, MAILS_AN_HOUR_MAX):
        await tell(db, user_id, Notice.NEW_DEVICE)


def _presented(client: Client) -> Mapping[bytes, str]:
    return {token_hash(token): token for token in client.device_tokens}

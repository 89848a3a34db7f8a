"""How passkeys are added, and how they sign people in (ADR 0016)."""

from typing import Any
from uuid import UUID

from service_kit.database import Reads, Transaction
from service_kit.pagination import decode_cursor, page_of
from service_kit.problems import id_of
from user_service.core.desk import Desk
from user_service.core.keys import SignedIn
from user_service.core.problems import InvalidPasskey, PasskeyNotFound, PasskeyRefused, TooManyPasskeys
from user_service.core.relying_party import BadAnswer, RelyingParty, challenge_of, credential_id_of, new_challenge
from user_service.crud import audit
from user_service.crud import passkeys as passkeys_crud
from user_service.crud import users as users_crud
from user_service.domain.audit import Event
from user_service.domain.mails import Notice
from user_service.schemas.mfa import FactorsIn
from user_service.schemas.passkeys import PasskeyIn, PasskeyLoginIn
from user_service.services import mfa, notices, sessions
from user_service.services.users import get_account

PASSKEYS_MAX = 20


async def offer_passkey(desk: Desk, party: RelyingParty, user_id: UUID, payload: FactorsIn) -> dict[str, Any]:
    user = await get_account(desk.database.reader, user_id)
    await mfa.check_factors(desk, user, payload)
    known = await passkeys_crud.list_credential_ids(desk.database.reader, user_id)
    _check_room(known)
    return party.creation_options(await _new_challenge(desk, user_id), user, known)


async def add_passkey(desk: Desk, party: RelyingParty, user_id: UUID, payload: PasskeyIn) -> Any:
    async with desk.database.transaction() as db:
        passkey = await _add_passkey(db, party, user_id, payload)
    if passkey is None:
        raise PasskeyRefused
    return passkey


async def _add_passkey(db: Transaction, party: RelyingParty, user_id: UUID, payload: PasskeyIn) -> Any:
    """Return the passkey, or None when the answer is not good: its challenge is used up all the same."""
    credential = payload.credential.model_dump(by_alias=True)
    try:
        key = party.check_new(credential, await _take_challenge(db, credential, user_id))
    except BadAnswer:
        return None
    # One after the other, so that two at once find no more room than there is.
    await users_crud.get_user_for_update(db, user_id)
    _check_room(await passkeys_crud.list_credential_ids(db, user_id))
    values = {
        "user_id": user_id,
        "name": payload.name,
        "credential_id": key.credential_id,
        "public_key": key.public_key,
        "sign_count": key.sign_count,
    }
    await audit.record(db, Event.PASSKEY_ADDED, user_id)
    await notices.tell(db, user_id, Notice.SECOND_FACTOR_CHANGED)
    return await passkeys_crud.create_passkey(db, values)


def _check_room(known: list[bytes]) -> None:
    if len(known) >= PASSKEYS_MAX:
        raise TooManyPasskeys


async def _new_challenge(desk: Desk, user_id: UUID | None) -> bytes:
    challenge = new_challenge()
    async with desk.database.transaction() as db:
        await passkeys_crud.create_challenge(db, challenge, user_id)
    return challenge


async def _take_challenge(db: Transaction, credential: dict[str, Any], user_id: UUID | None) -> bytes:
    """Use up the challenge that an answer is for. Raises BadAnswer if it was no live one."""
    challenge = challenge_of(credential)
    if not await passkeys_crud.take_challenge(db, challenge, user_id):
        raise BadAnswer
    return challenge


async def list_passkeys(db: Reads, user_id: UUID, cursor: str | None, limit: int) -> dict[str, Any]:
    (before,) = decode_cursor(cursor, UUID) or (None,)
    rows = await passkeys_crud.list_passkeys(db, user_id, before=before, limit=limit)
    items, following = page_of(rows, limit, lambda row: [str(row.id)])
    return {"items": items, "next": following}


async def remove_passkey(db: Transaction, user_id: UUID, passkey_id: str) -> None:
    if not await passkeys_crud.delete_passkey(db, user_id, id_of(passkey_id, PasskeyNotFound)):
        raise PasskeyNotFound
    await audit.record(db, Event.PASSKEY_REMOVED, user_id)
    await notices.tell(db, user_id, Notice.SECOND_FACTOR_CHANGED)


async def offer_sign_in(desk: Desk, party: RelyingParty) -> dict[str, Any]:
    return party.request_options(await _new_challenge(desk, None))


async def sign_in(desk: Desk, party: RelyingParty, payload: PasskeyLoginIn) -> SignedIn:
    """Let in who has the passkey: its authenticator has checked finger, face or PIN, so nothing more is asked."""
    desk = desk.on_device(payload.device_token)
    credential = payload.credential.model_dump(by_alias=True)
    try:
        # Committed before the answer is looked at: whatever becomes of it, there is no second one.
        async with desk.database.transaction() as db:
            challenge = await _take_challenge(db, credential, None)
        passkey = await _find_passkey(desk, credential)
    except BadAnswer as error:
        raise InvalidPasskey from error
    try:
        count = party.check_use(credential, challenge, passkey)
        return await _start_session(desk, passkey, count)
    except BadAnswer as error:
        async with desk.database.transaction() as db:
            await audit.record(db, Event.PASSKEY_REFUSED, passkey.user_id)
        raise InvalidPasskey from error


async def _find_passkey(desk: Desk, credential: dict[str, Any]) -> Any:
    passkey = await passkeys_crud.find_passkey(desk.database.reader, credential_id_of(credential))
    if passkey is None:
        raise BadAnswer
    return passkey


async def _start_session(desk: Desk, passkey: Any, count: int) -> SignedIn:
    async with desk.database.transaction() as db:
        user = await users_crud.find_user_for_share(db, passkey.user_id)
        if user is None or not await passkeys_crud.use_passkey(db, passkey.id, count):
            raise BadAnswer
        signed_in = await sessions.start_session(db, desk, user, "passkey")
        if signed_in is None:
            raise BadAnswer
        return signed_in

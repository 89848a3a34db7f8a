"""What others hear of an account: its owner by alerts and mails, the alert service where it may write to."""

from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from service_kit.database import Transaction
from service_kit.outbox import add_event
from service_kit.schemas import utc_now
from user_service.crud import codes as codes_crud
from user_service.domain.mails import Code, Notice
from user_service.models import mails, outbox

# The kinds of events in the outbox; the alert service takes them (clients/alerts.py).
SECURITY_NOTICE = "security_notice"
ADDRESS_CHANGED = "address_changed"


async def tell(db: Transaction, user_id: UUID, notice: Notice, *, to: str | None = None) -> None:
    """Tell a person of something once this transaction commits. `to` is for a mail to an address they had before."""
    for table, event in zip((outbox, mails), events_of(user_id, notice, to), strict=True):
        await add_event(db, table, **event)


def events_of(user_id: UUID, notice: Notice, to: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The alert and the mail that tell of something, as `add_event` takes them."""
    news = {"kind": notice, "happened_at": utc_now().isoformat()}
    alert = {"key": user_id, "kind": SECURITY_NOTICE, "payload": news}
    return alert, _mail(user_id, notice, **news, to=to)


async def tell_of_changes(db: Transaction, before: Any, after: Any) -> None:
    """Tell what follows from a change of an account, whoever made it; both are rows of `users`."""
    if before.password_hash != after.password_hash:
        await tell(db, after.id, Notice.PASSWORD_CHANGED)
    if before.email != after.email:
        await codes_crud.void_codes(db, after.id)  # they went to an address that is no longer the account's
        await tell(db, after.id, Notice.EMAIL_CHANGED, to=before.email)
        if not after.email_verified:
            await ask_for_verification(db, after.id)
    if (before.email, before.email_verified) != (after.email, after.email_verified):
        await tell_address(db, after)


async def tell_address(db: Transaction, user: Any) -> None:
    """Tell where `user`, a row just written, may be written to; nowhere while the address is not verified."""
    address = user.email if user.email_verified else None
    await add_event(db, outbox, key=user.id, kind=ADDRESS_CHANGED, payload={"email": address})


async def ask_for_verification(db: Transaction, user_id: UUID) -> None:
    """Have a code sent to the account's address by which its owner confirms it."""
    await add_mail(db, user_id, Code.VERIFICATION)


async def add_mail(db: Transaction, user_id: UUID, about: Code) -> None:
    """Note a mail with a code to be sent."""
    await add_event(db, mails, **_mail(user_id, about))


def _mail(user_id: UUID, about: Code | Notice, **more: Any) -> dict[str, Any]:
    # Each has a key of its own, so that one which cannot be delivered holds up no other.
    return {"key": uuid7(), "kind": about, "payload": {"user_id": str(user_id), **more}}

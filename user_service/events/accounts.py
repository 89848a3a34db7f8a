"""What this service tells of accounts. `consent.given.v1` is the body of the profile service's
`POST /internal/consents/{user_id}`; `erasure.requested.v1` names a receipt, whose row says who and where."""

from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.outbox import add_event
from user_service.models import outbox

CONSENT_GIVEN = "consent.given.v1"
ERASURE_REQUESTED = "erasure.requested.v1"
# Of the text beside the button that signs up.
SIGN_UP_TEXT = "2026-11"


async def add_consent_given(db: AsyncConnection, user_id: UUID) -> None:
    payload = {"user_id": str(user_id), "purpose": "scoring", "granted": True, "text_version": SIGN_UP_TEXT}
    await add_event(db, outbox, key=uuid5(user_id, CONSENT_GIVEN), kind=CONSENT_GIVEN, payload=payload)


async def add_erasure_requested(db: AsyncConnection, receipt_id: UUID) -> None:
    """The person's id is left out, or the erasure would take its own event along."""
    payload = {"receipt_id": str(receipt_id)}
    await add_event(db, outbox, key=receipt_id, kind=ERASURE_REQUESTED, payload=payload)

"""`/alerts/webhooks`."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request

from alert_service.clients.receivers import Receivers
from alert_service.core.auth import ManageOwnWebhooks
from alert_service.core.ids import WebhookId
from alert_service.core.problems import TooManyWebhooks, WebhookExists, WebhookNotFound
from alert_service.crud import webhooks as webhooks_crud
from alert_service.schemas.webhooks import WebhookCreatedOut, WebhookIn, WebhookOut
from alert_service.services import webhooks as webhooks_service
from service_kit.database import Database, ReadOnly, Transaction, database_of
from service_kit.pagination import Cursor, Limit, Page
from service_kit.problems import PersonErased, Unauthenticated, Unavailable, problems

router = APIRouter(prefix="/alerts/webhooks", tags=["webhooks"], responses=problems(Unauthenticated, Unavailable))


async def _database(request: Request) -> Database:
    """A transaction begins once the address has been looked up: one held during the wait would be missed by others."""
    return database_of(request)


async def _receivers(request: Request) -> Receivers:
    return cast("Receivers", request.app.state.receivers)


async def _most(request: Request) -> int:
    return int(request.app.state.settings.webhooks_per_person_max)


@router.get("", response_model=Page[WebhookOut])
async def list_webhooks(person: ManageOwnWebhooks, db: ReadOnly, limit: Limit = 20, cursor: Cursor = None) -> Any:
    """Your webhooks, oldest first."""
    return await webhooks_service.list_webhooks(db, person.user_id, limit, cursor)


@router.post(
    "",
    status_code=201,
    responses=problems(WebhookExists, TooManyWebhooks, PersonErased),
    response_model=WebhookCreatedOut,
)
async def create_webhook(
    person: ManageOwnWebhooks,
    payload: WebhookIn,
    *,
    database: Annotated[Database, Depends(_database)],
    receivers: Annotated[Receivers, Depends(_receivers)],
    most: Annotated[int, Depends(_most)],
) -> Any:
    """Have your alerts sent to an address of yours, signed by Standard Webhooks; the secret is shown this once."""
    return await webhooks_service.create_webhook(database, receivers, person.user_id, payload, most)


@router.delete("/{webhook_id}", status_code=204, responses=problems(WebhookNotFound))
async def delete_webhook(person: ManageOwnWebhooks, db: Transaction, webhook_id: WebhookId) -> None:
    """Delete a webhook, with all that was still to be sent there."""
    await webhooks_crud.delete_webhook(db, person.user_id, webhook_id)


@router.post("/{webhook_id}/enable", responses=problems(WebhookNotFound), response_model=WebhookOut)
async def enable_webhook(person: ManageOwnWebhooks, db: Transaction, webhook_id: WebhookId) -> Any:
    """Switch a webhook that was switched off on again; alerts from then on are sent there."""
    return await webhooks_crud.enable_webhook(db, person.user_id, webhook_id)

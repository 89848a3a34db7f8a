"""`/alerts`."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from alert_service.core.auth import DeleteAlerts, MarkOwnAlerts, ReadAlerts
from alert_service.core.ids import AlertId
from alert_service.core.links import set_next_link
from alert_service.core.problems import AlertNotFound
from alert_service.crud import alerts as alerts_crud
from alert_service.schemas.alerts import AlertOut, AlertQuery, DoneOut, UnreadOut
from alert_service.services import alerts as alerts_service
from service_kit.database import ReadOnly, Transaction
from service_kit.languages import CallersLanguage
from service_kit.problems import NotFound, Unauthenticated, problems

router = APIRouter(prefix="/alerts", tags=["alerts"], responses=problems(Unauthenticated))


@router.get("/{user_id}", responses=problems(NotFound), response_model=list[AlertOut])
async def list_alerts(
    user_id: ReadAlerts,
    db: ReadOnly,
    query: Annotated[AlertQuery, Query()],
    *,
    language: CallersLanguage,
    request: Request,
    response: Response,
) -> Any:
    """A person's alerts in your language, newest first; the `Link` header with rel="next" leads to more."""
    alerts, following = await alerts_service.list_alerts(db, user_id, query, language)
    set_next_link(request, response, following)
    return alerts


@router.get("/{user_id}/unread-count", responses=problems(NotFound), response_model=UnreadOut)
async def count_unread_alerts(user_id: ReadAlerts, db: ReadOnly) -> Any:
    """How many alerts a person has not read."""
    return UnreadOut(unread=await alerts_crud.count_unread_alerts(db, user_id))


@router.post("/read-all", response_model=DoneOut)
async def mark_all_alerts_read(person: MarkOwnAlerts, db: Transaction) -> Any:
    """Mark all your alerts as read."""
    await alerts_crud.mark_all_alerts_read(db, person.user_id)
    return DoneOut()


@router.post("/{alert_id}/read", responses=problems(AlertNotFound), response_model=DoneOut)
async def mark_alert_read(person: MarkOwnAlerts, db: Transaction, alert_id: AlertId) -> Any:
    """Mark one of your alerts as read."""
    await alerts_crud.mark_alert_read(db, person.user_id, alert_id)
    return DoneOut()


@router.delete("/{user_id}/{alert_id}", responses=problems(AlertNotFound), response_model=DoneOut)
async def delete_alert(user_id: DeleteAlerts, db: Transaction, alert_id: AlertId) -> Any:
    """Delete an alert."""
    await alerts_crud.delete_alert(db, user_id, alert_id)
    return DoneOut()

"""`/admin/audit`: who did what, and when."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from service_kit.database import ReadOnly
from service_kit.pagination import Cursor, Limit, Page
from service_kit.problems import Forbidden, Unauthenticated, Unavailable, problems
from user_service.core.auth import ManageUsers
from user_service.domain.audit import Event
from user_service.schemas.audit import AuditEventOut
from user_service.services import audit as audit_service

router = APIRouter(prefix="/admin/audit", tags=["admin"], responses=problems(Unauthenticated, Forbidden, Unavailable))

About = Annotated[UUID | None, Query(description="Whom it is about")]
Actor = Annotated[UUID | None, Query(description="The administrator who did it")]


@router.get("", response_model=Page[AuditEventOut])
async def list_audit_events(
    _: ManageUsers,
    db: ReadOnly,
    *,
    user_id: About = None,
    actor: Actor = None,
    event: Event | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Any:
    """List what was done to accounts and by whom, newest first."""
    return await audit_service.list_events(db, user_id=user_id, actor_id=actor, event=event, cursor=cursor, limit=limit)

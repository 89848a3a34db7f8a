"""`/auth/sessions`: the devices somebody is signed in on."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from service_kit.auth import ForeignOrigin
from service_kit.database import ReadOnly, Transaction
from service_kit.pagination import Cursor, Limit, Page
from service_kit.problems import Unauthenticated, problems
from user_service.core.auth import ManageOwnSessions
from user_service.core.problems import SessionNotFound
from user_service.schemas.sessions import Scope, SessionOut
from user_service.services import sessions as sessions_service

router = APIRouter(prefix="/auth/sessions", tags=["sessions"], responses=problems(Unauthenticated))


@router.get("", response_model=Page[SessionOut])
async def list_sessions(person: ManageOwnSessions, db: ReadOnly, limit: Limit = 20, cursor: Cursor = None) -> Any:
    """List where you are signed in, newest first."""
    return await sessions_service.list_sessions(db, person.user_id, person.session_id, cursor, limit)


@router.delete("/{session_id}", status_code=204, responses=problems(ForeignOrigin, SessionNotFound))
async def delete_session(person: ManageOwnSessions, db: Transaction, session_id: str) -> None:
    """Sign out on one device."""
    await sessions_service.end_session(db, person.user_id, session_id)


@router.delete("", status_code=204, responses=problems(ForeignOrigin))
async def delete_sessions(
    person: ManageOwnSessions, db: Transaction, scope: Annotated[Scope, Query(description="Which ones")]
) -> None:
    """Sign out on all other devices, or on all."""
    await sessions_service.end_sessions(db, person.user_id, person.session_id, scope)

"""`/users/me` taken along and taken away, and the receipt that remains."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from service_kit.auth import ForeignOrigin
from service_kit.database import ReadOnly
from service_kit.privacy import TooMuchToExport
from service_kit.problems import Unauthenticated, Unavailable, problems
from user_service.clients.neighbours import AllNeighbours
from user_service.core.auth import EraseOwnAccount, ExportOwnAccount
from user_service.core.cookies import Cookies
from user_service.core.desk import AtDesk
from user_service.core.problems import ErasureNotFound, LastAdministrator, TooManyAttempts, WrongPassword
from user_service.schemas.erasures import ErasureIn, ErasureOut, ExportOut, ReceiptOut
from user_service.services import erasures as erasures_service
from user_service.services import exports as exports_service

router = APIRouter(tags=["privacy"])

EXPORT_PROBLEMS = problems(Unauthenticated, TooMuchToExport, Unavailable)
ERASE_PROBLEMS = problems(
    Unauthenticated, ForeignOrigin, WrongPassword, LastAdministrator, TooManyAttempts, Unavailable
)


@router.get("/users/me/export", responses=EXPORT_PROBLEMS, response_model=ExportOut)
async def export_account(person: ExportOwnAccount, db: ReadOnly, neighbours: AllNeighbours) -> Response:
    """Everything that all services hold about you, in one document."""
    document = await exports_service.export_account(db, neighbours, person.user_id)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"', "Cache-Control": "no-store"}
    return Response(document, media_type="application/json", headers=headers)


@router.delete("/users/me", status_code=202, responses=ERASE_PROBLEMS, response_model=ReceiptOut)
async def erase_account(person: EraseOwnAccount, desk: AtDesk, cookies: Cookies, payload: ErasureIn) -> Any:
    """Delete your account and everything about you, in all services; this cannot be undone."""
    receipt = await erasures_service.erase_own_account(desk, person.user_id, payload.password)
    cookies.clear()
    return receipt


@router.get("/auth/erasures/{receipt_id}", responses=problems(ErasureNotFound), response_model=ErasureOut)
async def get_erasure(db: ReadOnly, receipt_id: str) -> Any:
    """How far an erasure is; whoever has its receipt may ask."""
    return await erasures_service.get_receipt(db, receipt_id)

"""`/internal/revocations`: which sessions ended, for the other services; the gateway does not route it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from service_kit.problems import Unauthenticated, Unavailable, problems
from service_kit.revocations import PATH, News
from user_service.core.auth import FollowRevocations

router = APIRouter(prefix=PATH, tags=["between services"])

After = Annotated[int, Query(ge=0, lt=2**63, description="The `last` of the answer before; 0 at first")]


@router.get("", responses=problems(Unauthenticated, Unavailable), response_model=News)
async def wait_for_revocations(_caller: FollowRevocations, request: Request, after: After = 0) -> Any:
    """Wait for sessions to end: the answer comes at once when some did, else in a few seconds, empty."""
    return await request.app.state.feed.wait(after)

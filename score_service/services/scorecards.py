"""The scorecard in use, for routes to ask for."""

from typing import Annotated, cast

from fastapi import Depends, Request

from score_service.domain.scorecard import Scorecard


async def _champion(request: Request) -> Scorecard:
    return cast("Scorecard", request.app.state.champion)


Champion = Annotated[Scorecard, Depends(_champion)]

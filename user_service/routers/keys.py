"""`/.well-known/jwks.json`."""

from typing import Any

from fastapi import APIRouter, Response

from user_service.core.desk import AtDesk
from user_service.schemas.keys import JwksOut

router = APIRouter(tags=["keys"])

KEPT_BY_CACHES_S = 60


@router.get("/.well-known/jwks.json", response_model=JwksOut)
async def get_public_keys(desk: AtDesk, response: Response) -> Any:
    """Read the public keys that people's tokens are signed with."""
    response.headers["Cache-Control"] = f"public, max-age={KEPT_BY_CACHES_S}"
    return {"keys": desk.keys.public}

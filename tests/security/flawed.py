"""uvicorn around a service in which one route lacks one check: what the object matrix must find.

`FLAW="ownership /alerts/{user_id}" python -m tests.security.flawed alert_service.main:app …` takes uvicorn's arguments.
"""

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import uvicorn
from fastapi import FastAPI, Path, Request

from service_kit import auth
from service_kit.problems import Forbidden, NotFound

FLAW = "FLAW"


def without_ownership(app: FastAPI, path: str) -> None:
    """Anybody's id is taken for one's own."""

    async def own_id(request: Request, person: auth.Person, user_id: str = Path()) -> UUID:
        if is_at(request, path) and user_id != "me":
            return UUID(user_id)
        return await auth._own_id(request, user_id, person)

    app.dependency_overrides[auth._own_id] = own_id


def telling(app: FastAPI, path: str) -> None:
    """Somebody else's id is refused, but otherwise than one that nobody has."""

    async def own_id(request: Request, person: auth.Person, user_id: str = Path()) -> UUID:
        try:
            return await auth._own_id(request, user_id, person)
        except NotFound:
            if is_at(request, path):
                raise Forbidden from None
            raise

    app.dependency_overrides[auth._own_id] = own_id


def without_role(app: FastAPI, path: str) -> None:
    """Everybody who is signed in is an administrator."""

    async def administrator(request: Request, person: auth.Person) -> Any:
        return person if is_at(request, path) else await auth.administrator(request, person)

    app.dependency_overrides[auth.administrator] = administrator


def is_at(request: Request, path: str) -> bool:
    return bool(request.scope["route"].path == path)


FLAWS: dict[str, Callable[[FastAPI, str], None]] = {
    "ownership": without_ownership,
    "telling": telling,
    "role": without_role,
}


def main() -> None:
    kind, path = os.environ[FLAW].split(" ")
    application = sys.argv[1]
    module, _, name = application.partition(":")
    FLAWS[kind](getattr(importlib.import_module(module), name), path)
    uvicorn.main(sys.argv[1:])


if __name__ == "__main__":
    main()

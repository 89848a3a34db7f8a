"""A server around a service that lacks one protection, which the campaign about it must find.

`FLAW="ownership /alerts/{user_id}" python -m tests.security.flawed alert_service.main:app …` takes
service_kit.serve's arguments. Flaws of a route name its path; the others are `FLAW="guesses"`.
"""

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request

from service_kit import auth, serve
from service_kit.problems import Forbidden, NotFound

FLAW = "FLAW"


def without_ownership(_app: FastAPI, path: str) -> None:
    """Anybody's id is taken for one's own."""
    own_id = auth._OwnId.__call__

    async def anybodys_id(self: auth._OwnId, request: Request, user_id: str) -> UUID:
        anybodys = is_at(request, path) and user_id != "me"
        return UUID(user_id) if anybodys else await own_id(self, request, user_id)

    auth._OwnId.__call__ = anybodys_id  # type: ignore[assignment, method-assign]


def telling(_app: FastAPI, path: str) -> None:
    """Somebody else's id is refused, but otherwise than one that nobody has."""
    own_id = auth._OwnId.__call__

    async def telling_id(self: auth._OwnId, request: Request, user_id: str) -> UUID:
        try:
            return await own_id(self, request, user_id)
        except NotFound:
            if is_at(request, path):
                raise Forbidden from None
            raise

    auth._OwnId.__call__ = telling_id  # type: ignore[assignment, method-assign]


def without_role(_app: FastAPI, path: str) -> None:
    """Everybody who is signed in is an administrator."""
    person = auth._Person.__call__

    async def administrator(self: auth._Person, request: Request) -> auth.Principal:
        found = await person(self, request)
        return replace(found, roles=frozenset({"admin"})) if is_at(request, path) else found

    auth._Person.__call__ = administrator  # type: ignore[method-assign]


def is_at(request: Request, path: str) -> bool:
    return bool(request.scope["route"].path == path)


def guesses(_app: FastAPI, _: str) -> None:
    """An account may be guessed at without end."""
    from user_service.services import credentials

    credentials.ACCOUNT_FAILURES_MAX = credentials.ADDRESS_FAILURES_MAX


def login_time(_app: FastAPI, _: str) -> None:
    """Nothing is hashed where there is no account."""
    from user_service.core.hashing import PasswordHasher

    verify = PasswordHasher.verify

    async def without_account(self: PasswordHasher, password: str, stored: str | None) -> bool:
        return stored is not None and await verify(self, password, stored)

    PasswordHasher.verify = without_account  # type: ignore[method-assign]


def recovery_time(_app: FastAPI, _: str) -> None:
    """Nothing is written where there is no account."""
    from user_service.crud.users import find_active_user_id
    from user_service.services import recovery

    ask = recovery.ask_for_recovery

    async def with_account(desk: Any, payload: Any) -> None:
        if await find_active_user_id(desk.database.reader, payload.email):
            await ask(desk, payload)

    recovery.ask_for_recovery = with_account


def thefts(_app: FastAPI, _: str) -> None:
    """A refresh token that comes again is taken for a lost response, whoever brings it and whenever."""
    from user_service.domain.refreshing import Step
    from user_service.services import sessions

    sessions.next_step = lambda spent, _now: Step.ROTATE if spent is None else Step.REISSUE


def lost_responses(_app: FastAPI, _: str) -> None:
    """A refresh token that comes again is always taken for stolen."""
    from user_service.domain.refreshing import Step
    from user_service.services import sessions

    sessions.next_step = lambda spent, _now: Step.ROTATE if spent is None else Step.REVOKE


FLAWS: dict[str, Callable[[FastAPI, str], None]] = {
    "ownership": without_ownership,
    "telling": telling,
    "role": without_role,
    "guesses": guesses,
    "login_time": login_time,
    "recovery_time": recovery_time,
    "thefts": thefts,
    "lost_responses": lost_responses,
}


def main() -> None:
    kind, _, path = os.environ[FLAW].partition(" ")
    application = sys.argv[1]
    module, _, name = application.partition(":")
    FLAWS[kind](getattr(importlib.import_module(module), name), path)
    serve.main(sys.argv[1:])


if __name__ == "__main__":
    main()

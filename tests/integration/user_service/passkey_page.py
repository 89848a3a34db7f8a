"""A page that adds passkeys and signs in with them."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.integration.user_service.visitor import PASSWORD, Visitor, code
from tests.support.authenticator import Authenticator

PATH = "/auth/passkeys"
NewMember = Callable[[], Visitor]


def creation_options(member: Visitor, **more: str) -> dict[str, Any]:
    answer = member.post(f"{PATH}/options", {"password": PASSWORD, **more}, headers=member.bearer)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def add(member: Visitor, credential: dict[str, Any], **more: Any) -> httpx.Response:
    return member.post(PATH, {"credential": credential, **more}, headers=member.bearer)


def new_passkey(member: Visitor, **attributes: Any) -> Authenticator:
    authenticator = Authenticator(**attributes)
    answer = add(member, authenticator.create(creation_options(member)))
    assert answer.status_code == 201, answer.text
    return authenticator


def request_options(visitor: Visitor) -> dict[str, Any]:
    answer = visitor.post(f"{PATH}/login/options")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def log_in(visitor: Visitor, credential: dict[str, Any]) -> httpx.Response:
    return visitor.post(f"{PATH}/login", {"credential": credential})


def sign_in(visitor: Visitor, authenticator: Authenticator) -> httpx.Response:
    return log_in(visitor, authenticator.get(request_options(visitor)))


def is_refused(answer: httpx.Response) -> bool:
    return (answer.status_code, code(answer)) == (401, "invalid_passkey") and "set-cookie" not in answer.headers

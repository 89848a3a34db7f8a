"""What only its owner receives: codes from mails and from an app, tokens, and what a passkey signs."""

import re
from collections.abc import Callable
from typing import Any

from tests.integration.user_service.authenticator_app import App
from tests.integration.user_service.passkey_page import creation_options, request_options
from tests.security.belongings import Owner
from tests.support.authenticator import Authenticator
from tests.support.waiting import eventually

NEW_PASSWORD = "lotus-pond-at-dawn"


def _from_mail(owner: Owner, page: str) -> str:
    """The token in the newest link to this page; mails are sent a moment after they are asked for."""
    link = re.compile(rf"/{page}#token=([A-Za-z0-9_-]+)")
    tokens = eventually(lambda: link.findall("\n".join(owner.place.mails_to(owner.email))), f"a link to {page}")
    return str(tokens[-1])


def _reset(owner: Owner) -> dict[str, str]:
    owner.send("POST", "/auth/forgot-password", {"email": owner.email})
    return {"reset_token": _from_mail(owner, "reset-password"), "new_password": NEW_PASSWORD}


def _login(owner: Owner) -> dict[str, str]:
    """From a device that is known, so that guesses at the account shut nobody out."""
    tokens, password = owner.visitor.tokens, owner.visitor.password
    return {"email": owner.email, "password": password, "device_token": tokens["device_token"]}


def _both_factors(owner: Owner) -> dict[str, str]:
    return {"password": owner.visitor.password, "otp": App(owner.visitor).confirm()[0]}


CODES: dict[tuple[str, str], Callable[[Owner], Any]] = {
    ("POST", "/auth/login"): _login,
    ("POST", "/auth/refresh"): lambda owner: {"refresh_token": owner.visitor.tokens["refresh_token"]},
    ("POST", "/auth/logout"): lambda owner: {"refresh_token": owner.visitor.tokens["refresh_token"]},
    ("POST", "/auth/verify-token"): lambda owner: {"token": owner.visitor.tokens["access_token"]},
    ("POST", "/auth/verify-email"): lambda owner: {"token": _from_mail(owner, "verify-email")},
    ("POST", "/auth/reset-password"): _reset,
    ("POST", "/auth/mfa/totp/confirm"): lambda owner: {"otp": App(owner.visitor).now()},
    ("POST", "/auth/mfa/totp/recovery-codes"): _both_factors,
    ("DELETE", "/auth/mfa/totp"): _both_factors,
    ("POST", "/auth/passkeys"): lambda owner: {
        "credential": Authenticator(origin=owner.place.origin).create(creation_options(owner.visitor))
    },
    ("POST", "/auth/passkeys/login"): lambda owner: {"credential": owner.passkey.get(request_options(owner.visitor))},
}

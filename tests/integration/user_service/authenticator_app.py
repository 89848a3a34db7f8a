"""Somebody with an authenticator app, and what can be done with its codes."""

import time
from typing import Any

import httpx
from pyotp import HOTP

from tests.integration.user_service.visitor import PASSWORD, Visitor

PATH = "/auth/mfa/totp"


class App:
    """An authenticator app."""

    def __init__(self, member: Visitor) -> None:
        self.member = member
        offer = member.post(PATH, {"password": PASSWORD}, headers=member.bearer)
        assert offer.status_code == 200, offer.text
        self.offer: dict[str, str] = offer.json()

    def at(self, step: int) -> str:
        return HOTP(self.offer["secret"]).at(step)

    def now(self, shift: int = 0) -> str:
        return self.at(int(time.time()) // 30 + shift)

    def wrong(self) -> str:
        near = {self.now(shift) for shift in range(-3, 4)}
        return next(
            guess for guess in ("000000", "111111", "222222", *map(str, range(300000, 300009))) if guess not in near
        )

    def confirm(self) -> list[str]:
        answer = self.member.post(f"{PATH}/confirm", {"otp": self.now()}, headers=self.member.bearer)
        assert answer.status_code == 200, answer.text
        forget_steps(self.member)
        return list(answer.json()["recovery_codes"])


def sign_in(member: Visitor, otp: str | None = None, password: str = PASSWORD) -> httpx.Response:
    return member.post("/auth/login", {"email": member.email, "password": password, "otp": otp})


def forget_steps(member: Visitor) -> None:
    """As if some minutes had passed since the last code."""
    member.service.sql("UPDATE totp_factors SET last_step = 0 WHERE user_id = %s", member.user_id)


def remove(member: Visitor, password: str, otp: str) -> httpx.Response:
    return member.call("DELETE", PATH, json={"password": password, "otp": otp}, headers=member.bearer)


def status(member: Visitor) -> dict[str, Any]:
    return dict(member.call("GET", PATH, headers=member.bearer).json())


def notices(member: Visitor) -> list[str]:
    """What the owner is told of changed factors, by mail and by the alert service alike."""
    rows = "SELECT payload->>'kind' FROM {} WHERE {} = %s AND payload->>'kind' LIKE 'second%%' ORDER BY id"
    places = {"mails": "payload->>'user_id'", "outbox": "key::text"}
    mails, told = (member.service.sql(rows.format(*place), str(member.user_id)) for place in places.items())
    assert mails == told
    return [kind for (kind,) in mails]

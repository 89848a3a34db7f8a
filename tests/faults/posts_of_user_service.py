"""The POSTs of the user service, as `creating_posts.py` lists them."""

from uuid import UUID, uuid4

import pyotp

from tests.faults.scene import Attempt, Scene, keyed
from tests.support.authenticator import Authenticator
from tests.support.callers import Caller
from tests.support.services import ORIGIN

PASSWORD = "rice-paper-lantern"


def sign_up(scene: Scene) -> Attempt:
    email = f"{uuid4().hex}@example.com"
    return Attempt(
        scene["user_service"], "/auth/signup", {}, ("SELECT count(*) FROM users WHERE email = %s", email),
        {"email": email, "password": PASSWORD}, {"email": email.upper(), "password": PASSWORD + "s"},
        repeated=409, other_status=409,
    )  # fmt: skip


def create_user(scene: Scene) -> Attempt:
    account = {"email": f"{uuid4().hex}@example.com", "password": PASSWORD}
    return Attempt(
        scene["user_service"], "/admin/users", keyed(scene.person("admin")),
        ("SELECT count(*) FROM users WHERE email = %s", account["email"]), account, {**account, "username": "An"},
    )  # fmt: skip


def _member(scene: Scene) -> Caller:
    """Somebody with an account, signed in."""
    account = {"email": f"{uuid4().hex}@example.com", "password": PASSWORD}
    client = scene["user_service"].client
    user_id = client.post("/auth/signup", json=account).json()["id"]
    token = client.post("/auth/login", json=account).json()["access_token"]
    client.cookies.clear()
    return Caller(UUID(user_id), token)


def confirm_totp(scene: Scene) -> Attempt:
    """The answer holds recovery codes, which are shown once and kept nowhere: a repetition finds nothing to confirm."""
    return _confirm_totp(scene, _member(scene))


def _confirm_totp(scene: Scene, member: Caller) -> Attempt:
    service = scene["user_service"]
    offer = service.client.post("/auth/mfa/totp", json={"password": PASSWORD}, headers=member.headers).json()
    return Attempt(
        service, "/auth/mfa/totp/confirm", member.headers,
        ("SELECT count(*) FROM totp_factors WHERE user_id = %s AND confirmed_at IS NOT NULL", member.user_id),
        {"otp": pyotp.TOTP(offer["secret"]).now()}, {"otp": "000000"}, repeated=404, other_status=404,
    )  # fmt: skip


def add_passkey(scene: Scene) -> Attempt:
    """Its challenge is used up, so a repetition is refused, and so is another passkey for it."""
    service, member = scene["user_service"], _member(scene)
    options = service.client.post("/auth/passkeys/options", json={"password": PASSWORD}, headers=member.headers).json()
    made, other = ({"credential": Authenticator(origin=ORIGIN).create(options)} for _ in range(2))
    return Attempt(
        service, "/auth/passkeys", member.headers,
        ("SELECT count(*) FROM passkeys WHERE user_id = %s", member.user_id),
        made, other, repeated=403, other_status=403,
    )  # fmt: skip


def _administration(scene: Scene, user_id: UUID, act: str, count: str) -> Attempt:
    headers = scene.person("admin").headers
    path = f"/admin/users/{user_id}/{act}"
    return Attempt(scene["user_service"], path, headers, (count, user_id), {"reason": "It was asked for"})


def disable_user(scene: Scene) -> Attempt:
    count = "SELECT count(*) FROM sessions WHERE user_id = %s AND ended_at IS NOT NULL"
    return _administration(scene, _member(scene).user_id, "disable", count)


def enable_user(scene: Scene) -> Attempt:
    user_id = _member(scene).user_id
    disabled = _administration(scene, user_id, "disable", "SELECT count(*) FROM users WHERE id = %s AND disabled")
    assert disabled.send().status_code == 200
    return _administration(scene, user_id, "enable", "SELECT count(*) FROM users WHERE id = %s AND NOT disabled")


def sign_user_out(scene: Scene) -> Attempt:
    count = "SELECT count(*) FROM sessions WHERE user_id = %s AND ended_at IS NOT NULL"
    return _administration(scene, _member(scene).user_id, "logout", count)


def remove_second_factors(scene: Scene) -> Attempt:
    member = _member(scene)
    assert _confirm_totp(scene, member).send().status_code == 200
    count = "SELECT count(*) FROM audit_events WHERE user_id = %s AND event = 'second_factors_removed'"
    return _administration(scene, member.user_id, "remove-second-factors", count)

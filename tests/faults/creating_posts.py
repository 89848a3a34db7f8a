"""Every POST that creates or changes something, with how it is sent and what its one effect is.

A new POST gets a function here, named for what it does, and a line in `POSTS`; or a line in `EXEMPT` with the reason
why a repetition may do more, or nothing. `test_repeats.py` fails for one that has neither.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pyotp

from tests.integration.alert_service.scored_person import score_update
from tests.integration.survey_service.respondent import COMPLETE, Respondent
from tests.support.authenticator import Authenticator
from tests.support.callers import Caller
from tests.support.killable import ARMED_FILE, UNPROTECTED, arm
from tests.support.services import ORIGIN, RunningService, RunService

FEATURES = {"utilisation": 0.3, "late30": 1, "late60": 0, "late90": 0, "debt_ratio": 0.3, "lines": 6, "mortgages": 1}
PASSWORD = "rice-paper-lantern"
CHEAP_HASHES = {"ARGON2_MEMORY_KIB": "1024", "ARGON2_ROUNDS": "1"}


@dataclass
class Scene:
    """The services, each started when it is first needed, and those who call them."""

    run_service: RunService
    folder: Path
    new_person: Callable[..., Caller]
    service_headers: Callable[..., dict[str, str]]
    unprotected: dict[str, str] = field(default_factory=dict)
    tried: set[tuple[str, str]] = field(default_factory=set)
    _running: dict[str, RunningService] = field(default_factory=dict)

    def __getitem__(self, name: str) -> RunningService:
        if name not in self._running:
            lacking = {UNPROTECTED: self.unprotected[name]} if name in self.unprotected else {}
            env = {ARMED_FILE: str(self.folder / name), "WEBHOOKS_TO_LOOPBACK": "true", **CHEAP_HASHES, **lacking}
            self._running[name] = self.run_service(name, module="tests.support.killable", **env)
        return self._running[name]

    def arm(self, name: str, point: str) -> None:
        arm(self.folder / name, point)

    def person(self, *roles: str) -> Caller:
        return self.new_person(*roles)


@dataclass
class Attempt:
    """One request that is sent again and again. `count` is a statement that counts its effects, now and later.

    `repeated` is the status of a repetition, or None where it must be answered as the first was; `other` is what is
    sent in place of `body` to see that another request is not taken for a repetition: it is answered `other_status`.
    """

    service: RunningService
    path: str
    headers: dict[str, str]
    count: tuple[Any, ...]
    body: Any = None
    other: Any = None
    files: dict[str, Any] | None = None
    other_files: dict[str, Any] | None = None
    repeated: int | None = None
    other_status: int = 422

    def __post_init__(self) -> None:
        self._before = self._counted()

    def send(self) -> httpx.Response:
        return self._post(self.body, self.files)

    def send_other(self) -> httpx.Response | None:
        if self.other is None and self.other_files is None:
            return None
        return self._post(self.other, self.other_files)

    def effects(self) -> int:
        return self._counted() - self._before

    def _post(self, body: Any, files: dict[str, Any] | None) -> httpx.Response:
        return self.service.client.post(self.path, json=body, files=files, headers=self.headers)

    def _counted(self) -> int:
        return int(self.service.sql(*self.count)[0][0])


def keyed(caller: Caller) -> dict[str, str]:
    return {**caller.headers, "Idempotency-Key": str(uuid4())}


def _scored(scene: Scene) -> Caller:
    person = scene.person()
    sent = scene["score_service"].client.post(
        "/scores/me/calculate", json={"features": FEATURES}, headers=person.headers
    )
    assert sent.status_code == 200, sent.text
    return person


def calculate(scene: Scene, path: str = "/scores/me/calculate") -> Attempt:
    person = scene.person()
    return Attempt(
        scene["score_service"], path, keyed(person),
        ("SELECT count(*) FROM scores WHERE user_id = %s", person.user_id),
        {"features": FEATURES}, {"features": {**FEATURES, "late30": 2}},
    )  # fmt: skip


def calculate_at_the_short_path(scene: Scene) -> Attempt:
    return calculate(scene, "/scores/me")


def open_dispute(scene: Scene) -> Attempt:
    person = _scored(scene)
    return Attempt(
        scene["score_service"], "/disputes", keyed(person),
        ("SELECT count(*) FROM disputes WHERE user_id = %s", person.user_id),
        {"evidence": "The bank's mistake."}, {"evidence": "Something else."},
    )  # fmt: skip


def resolve_dispute(scene: Scene) -> Attempt:
    service, person = scene["score_service"], _scored(scene)
    made = service.client.post("/disputes", json={"evidence": "The bank's mistake."}, headers=person.headers).json()
    corrected = {"outcome": "corrected", "resolution": "So it is.", "changes": {"late30": 0}}
    return Attempt(
        service, f"/scores/admin/disputes/{made['dispute_id']}/resolve", scene.person("admin").headers,
        ("SELECT count(*) FROM scores WHERE user_id = %s", person.user_id),
        corrected, {"outcome": "rejected", "resolution": "No."}, repeated=409, other_status=409,
    )  # fmt: skip


def create_override(scene: Scene) -> Attempt:
    person, expires_at = _scored(scene), f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"
    body = {"user_id": str(person.user_id), "score": 777, "reason": "Mixed up.", "expires_at": expires_at}
    return Attempt(
        scene["score_service"], "/scores/admin/overrides", keyed(scene.person("admin")),
        ("SELECT count(*) FROM overrides WHERE user_id = %s", person.user_id), body, {**body, "score": 600},
    )  # fmt: skip


def promote_model(scene: Scene) -> Attempt:
    """The first attempt proposes; the next, by another administrator, approves."""
    return Attempt(
        scene["score_service"], "/scores/admin/models/gmsc-9f-2026.11/promote", keyed(scene.person("admin")),
        ("SELECT count(*) + count(approved_at) FROM promotions",),
    )  # fmt: skip


def _questions(text: str) -> dict[str, Any]:
    return {"file": ("own.csv", f"key,question_type,question_group,text_en\nmood,text,own,{text}\n".encode())}


def import_questions(scene: Scene) -> Attempt:
    return Attempt(
        scene["survey_service"], "/survey/admin/import-questions", keyed(scene.person("admin")),
        ("SELECT count(*) FROM versions",), files=_questions("How are you?"), other_files=_questions("And now?"),
    )  # fmt: skip


def publish_version(scene: Scene) -> Attempt:
    service, admin = scene["survey_service"], scene.person("admin")
    builtin = (Path(__file__).parents[2] / "survey_service" / "scripts" / "sample_questions.csv").read_bytes()
    upload = {"file": ("own.csv", builtin)}  # so that the survey stays one that the others here can answer
    draft = service.client.post("/survey/admin/import-questions", files=upload, headers=admin.headers).json()
    return Attempt(
        service, f"/survey/admin/versions/{draft['version']}/publish", admin.headers,
        ("SELECT count(*) FROM versions WHERE status = 'published'",), repeated=409,
    )  # fmt: skip


def submit_survey(scene: Scene) -> Attempt:
    person = scene.person()
    ids = Respondent(scene["survey_service"], person).ids
    listed = [{"question_id": ids[key], "answer": answer} for key, answer in COMPLETE.items()]
    return Attempt(
        scene["survey_service"], "/survey/submit", keyed(person),
        ("SELECT count(*) FROM responses WHERE user_id = %s", person.user_id),
        {"answers": listed}, {"answers": listed[1:]},
    )  # fmt: skip


def create_profile(scene: Scene) -> Attempt:
    person = scene.person()
    return Attempt(
        scene["profile_service"], "/profile/me", person.headers,
        ("SELECT count(*) FROM profiles WHERE user_id = %s", person.user_id),
        {"full_name": "An"}, {"full_name": "Binh"}, repeated=409, other_status=409,
    )  # fmt: skip


def receive_consent(scene: Scene) -> Attempt:
    person = scene.person()
    told = {"purpose": "scoring", "granted": True, "text_version": "2026-11", "event_id": str(uuid4())}
    return Attempt(
        scene["profile_service"], f"/internal/consents/{person.user_id}",
        scene.service_headers("user_service", "profile_service"),
        ("SELECT count(*) FROM consents WHERE user_id = %s", person.user_id),
        told, {**told, "granted": False}, other_status=204,
    )  # fmt: skip


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
    service, member = scene["user_service"], _member(scene)
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


def receive_score_update(scene: Scene, path: str = "/score-updates") -> Attempt:
    person = scene.person()
    update = score_update(person.user_id, 1, 700)
    return Attempt(
        scene["alert_service"], path, scene.service_headers("score_service", "alert_service"),
        ("SELECT count(*) FROM alerts WHERE user_id = %s", person.user_id),
        update, {**update, "new_score": 810, "band": "exceptional"}, other_status=200,
    )  # fmt: skip


def receive_security_notice(scene: Scene) -> Attempt:
    person = scene.person()
    notice = {"event_id": str(uuid4()), "user_id": str(person.user_id), "kind": "new_device"}
    notice["happened_at"] = "2026-11-26T00:00:00Z"
    return Attempt(
        scene["alert_service"], "/internal/security-notices", scene.service_headers("user_service", "alert_service"),
        ("SELECT count(*) FROM alerts WHERE user_id = %s", person.user_id),
        notice, {**notice, "kind": "password_changed"}, other_status=204,
    )  # fmt: skip


def receive_score_update_as_alert(scene: Scene) -> Attempt:
    return receive_score_update(scene, "/alerts/on-score-updated")


def _alerted(scene: Scene, path: str) -> Attempt:
    person = scene.person()
    headers = scene.service_headers("score_service", "alert_service")
    [alert] = scene["alert_service"].client.post(
        "/score-updates", json=score_update(person.user_id, 1, 600), headers=headers
    ).json()  # fmt: skip
    count = "SELECT count(*) FROM alerts WHERE user_id = %s AND read_at IS NOT NULL"
    return Attempt(
        scene["alert_service"], path.format(alert_id=alert["id"]), person.headers, (count, person.user_id)
    )  # fmt: skip


def mark_alert_read(scene: Scene) -> Attempt:
    return _alerted(scene, "/alerts/{alert_id}/read")


def mark_all_alerts_read(scene: Scene) -> Attempt:
    return _alerted(scene, "/alerts/read-all")


def add_webhook(scene: Scene) -> Attempt:
    """The answer holds a secret, which is shown once: a repetition is told that the webhook is there."""
    person, webhook = scene.person(), {"url": "http://127.0.0.1:9/"}
    return Attempt(
        scene["alert_service"], "/alerts/webhooks", person.headers,
        ("SELECT count(*) FROM webhooks WHERE user_id = %s", person.user_id),
        webhook, {**webhook, "kinds": ["big_drop"]}, repeated=409, other_status=409,
    )  # fmt: skip


def replay_dead_letter(scene: Scene) -> Attempt:
    service, delivery = scene["alert_service"], uuid4()
    service.sql(
        "INSERT INTO deliveries (id, user_id, channel, alert_ids, due_at, next_at, attempts, dead_at) "
        "VALUES (%s, %s, 'email', '{}', now(), now(), 10, now())",
        delivery, scene.person().user_id,
    )  # fmt: skip
    return Attempt(
        service, f"/alerts/admin/dead-letters/{delivery}/replay", scene.person("admin").headers,
        ("SELECT count(*) FROM deliveries WHERE id = %s AND dead_at IS NULL", delivery),
    )  # fmt: skip


POSTS: dict[tuple[str, str], Callable[[Scene], Attempt]] = {
    ("alert_service", "/alerts/admin/dead-letters/{delivery_id}/replay"): replay_dead_letter,
    ("alert_service", "/alerts/on-score-updated"): receive_score_update_as_alert,
    ("alert_service", "/alerts/read-all"): mark_all_alerts_read,
    ("alert_service", "/alerts/webhooks"): add_webhook,
    ("alert_service", "/alerts/{alert_id}/read"): mark_alert_read,
    ("alert_service", "/internal/security-notices"): receive_security_notice,
    ("alert_service", "/score-updates"): receive_score_update,
    ("profile_service", "/internal/consents/{user_id}"): receive_consent,
    ("profile_service", "/profile/me"): create_profile,
    ("score_service", "/disputes"): open_dispute,
    ("score_service", "/scores/admin/disputes/{dispute_id}/resolve"): resolve_dispute,
    ("score_service", "/scores/admin/models/{version}/promote"): promote_model,
    ("score_service", "/scores/admin/overrides"): create_override,
    ("score_service", "/scores/{user_id}"): calculate_at_the_short_path,
    ("score_service", "/scores/{user_id}/calculate"): calculate,
    ("survey_service", "/survey/admin/import-questions"): import_questions,
    ("survey_service", "/survey/admin/versions/{version}/publish"): publish_version,
    ("survey_service", "/survey/submit"): submit_survey,
    ("user_service", "/admin/users"): create_user,
    ("user_service", "/admin/users/{user_id}/disable"): disable_user,
    ("user_service", "/admin/users/{user_id}/enable"): enable_user,
    ("user_service", "/admin/users/{user_id}/logout"): sign_user_out,
    ("user_service", "/auth/mfa/totp/confirm"): confirm_totp,
    ("user_service", "/auth/passkeys"): add_passkey,
    ("user_service", "/auth/signup"): sign_up,
}

READS = "computes and stores nothing"
TOKENS = "hands out or ends tokens; tests/integration/user_service has its own rules for repeats"
CHALLENGE = "gives another challenge each time, which is forgotten unless it is answered"
MAILS = "asks for another mail each time, a few an hour"
EXEMPT: dict[tuple[str, str], str] = {
    ("profile_service", "/consents/me"): "a ledger keeps every word of a person, and the last one holds",
    ("score_service", "/scores/admin/batch"): READS,
    ("score_service", "/scores/{user_id}/plan"): READS,
    ("score_service", "/scores/{user_id}/simulate"): READS,
    ("score_service", "/scores/{user_id}/simulate/projection"): READS,
    ("survey_service", "/survey/features"): READS,
    ("user_service", "/auth/change-password"): "the old password is wrong the second time",
    ("user_service", "/auth/forgot-password"): MAILS,
    ("user_service", "/auth/login"): TOKENS,
    ("user_service", "/auth/logout"): TOKENS,
    ("user_service", "/auth/mfa/totp"): "offers another secret each time, until one of them is confirmed",
    ("user_service", "/auth/passkeys/login"): TOKENS,
    ("user_service", "/auth/passkeys/login/options"): CHALLENGE,
    ("user_service", "/auth/passkeys/options"): CHALLENGE,
    ("user_service", "/auth/refresh"): TOKENS,
    ("user_service", "/auth/reset-password"): "the code is used up the second time",
    ("user_service", "/auth/verify-email"): "the code is used up the second time",
    ("user_service", "/auth/verify-email/resend"): MAILS,
    ("user_service", "/auth/verify-token"): READS,
}

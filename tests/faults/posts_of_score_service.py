"""The POSTs of the score service, as `creating_posts.py` lists them."""

from datetime import UTC, datetime, timedelta

from tests.faults.scene import Attempt, Scene, keyed
from tests.support.callers import Caller

FEATURES = {"utilisation": 0.3, "late30": 1, "late60": 0, "late90": 0, "debt_ratio": 0.3, "lines": 6, "mortgages": 1}


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
    """The first attempt proposes; the next, by another administrator, approves; then it begins anew."""
    service = scene["score_service"]
    service.sql("DELETE FROM promotions WHERE (SELECT count(approved_at) FROM promotions) > 0")
    return Attempt(
        service, "/scores/admin/models/gmsc-9f-2026.11.3/promote", keyed(scene.person("admin")),
        ("SELECT count(*) + count(approved_at) FROM promotions",),
    )  # fmt: skip

"""The POSTs of the alert service, as `creating_posts.py` lists them."""

from uuid import uuid4

from tests.faults.scene import Attempt, Scene
from tests.integration.alert_service.scored_person import score_update


def receive_score_update(scene: Scene, path: str = "/score-updates") -> Attempt:
    person = scene.person()
    update = score_update(person.user_id, 1, 700)
    return Attempt(
        scene["alert_service"], path, scene.service_headers("score_service", "alert_service"),
        ("SELECT count(*) FROM alerts WHERE user_id = %s", person.user_id),
        update, {**update, "new_score": 810, "band": "exceptional"}, other_status=200,
    )  # fmt: skip


def _notice(scene: Scene, path: str, sender: str, told: dict[str, str], other: dict[str, str]) -> Attempt:
    person = scene.person()
    notice = {"event_id": str(uuid4()), "user_id": str(person.user_id), **told}
    return Attempt(
        scene["alert_service"], path, scene.service_headers(sender, "alert_service"),
        ("SELECT count(*) FROM alerts WHERE user_id = %s", person.user_id),
        notice, {**notice, **other}, other_status=204,
    )  # fmt: skip


def receive_security_notice(scene: Scene) -> Attempt:
    told = {"kind": "new_device", "happened_at": "2026-11-26T00:00:00Z"}
    return _notice(scene, "/internal/security-notices", "user_service", told, {"kind": "password_changed"})


def receive_dispute_notice(scene: Scene) -> Attempt:
    told = {"outcome": "rejected", "decided_at": "2026-11-26T00:00:00Z"}
    return _notice(scene, "/internal/dispute-notices", "score_service", told, {"outcome": "corrected"})


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


def enable_webhook(scene: Scene) -> Attempt:
    service, person = scene["alert_service"], scene.person()
    added = service.client.post("/alerts/webhooks", json={"url": "http://127.0.0.1:9/"}, headers=person.headers).json()
    service.sql("UPDATE webhooks SET disabled_at = now(), failing_since = now() WHERE id = %s", added["id"])
    return Attempt(
        service, f"/alerts/webhooks/{added['id']}/enable", person.headers,
        ("SELECT count(*) FROM webhooks WHERE user_id = %s AND disabled_at IS NULL", person.user_id),
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

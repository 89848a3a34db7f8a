"""The POSTs of the profile service, as `creating_posts.py` lists them."""

from uuid import uuid4

from tests.faults.scene import Attempt, Scene


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

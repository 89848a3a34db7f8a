"""The POSTs of the survey service, as `creating_posts.py` lists them."""

from pathlib import Path
from typing import Any

from tests.faults.scene import Attempt, Scene, keyed
from tests.integration.survey_service.respondent import COMPLETE, Respondent


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

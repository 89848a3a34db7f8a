"""`GET /survey/questions`, and the catalogue behind it."""

import asyncio
from typing import Any

import psycopg2
import pytest
from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine

from service_kit.database import driver_url
from service_kit.migrations import alembic_config
from survey_service.services.versions import publish_builtin
from tests.integration.survey_service.respondent import Respondent
from tests.support.postgres import TestServer
from tests.support.services import RunningService

ALWAYS = {
    "id", "key", "aliases", "question_text", "label", "question_type", "question_group", "options", "order",
    "is_required", "version",
}  # fmt: skip
SOMETIMES = {"fact", "min", "max", "unit", "show_if"}
IN_USE = """
INSERT INTO versions (version) VALUES (1);
INSERT INTO questions (version, key, question_type, question_group, "order", is_required, texts)
    VALUES (1, 'goal', 'text', 'g', 1, false, '{"en": "Goal?"}');
UPDATE versions SET status = 'published';
INSERT INTO responses (id, user_id, version, status) VALUES (gen_random_uuid(), gen_random_uuid(), 1, 'open');
INSERT INTO answers (response_id, question_id, value) SELECT r.id, q.id, '"a house"' FROM responses r, questions q
"""


def test_the_questions_are_a_bare_array_in_order_with_exactly_these_fields(respondent: Respondent) -> None:
    answer = respondent.get("/survey/questions")
    questions = answer.json()
    assert answer.status_code == 200
    assert len(questions) >= 18
    assert [each["order"] for each in questions] == sorted(each["order"] for each in questions)
    for question in questions:
        assert question.keys() >= ALWAYS
        assert question.keys() <= ALWAYS | SOMETIMES
        assert question["label"] == question["question_text"]
        assert question["version"] == 1
        assert (question["options"] is None) == (question["question_type"] in {"number", "text"})
        assert all(question.get(name, 0) is not None for name in SOMETIMES)


def test_facts_and_conditions_are_on_the_wire(respondent: Respondent) -> None:
    by_key = {each["key"]: each for each in respondent.get("/survey/questions").json()}
    assert by_key["late30"]["fact"] == "late30"
    assert (by_key["late30"]["min"], by_key["late30"]["max"], by_key["late30"]["unit"]) == (0, 20, "times")
    assert by_key["late30"]["show_if"] == {"question": "ever_late", "equals": "yes"}
    yes, no = by_key["ever_late"]["options"]
    assert "facts" not in yes
    assert no["facts"] == {"late30": 0, "late60": 0, "late90": 0}


@pytest.mark.parametrize(
    ("header", "language", "text"),
    [
        (None, "en", "How old are you? (You may skip this.)"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi", "Bạn bao nhiêu tuổi? (Có thể bỏ qua.)"),
        ("zh-CN", "zh", "您的年龄是多少？（可跳过）"),
        ("de", "en", "How old are you? (You may skip this.)"),
    ],
)
def test_texts_come_in_the_callers_language(
    respondent: Respondent, header: str | None, language: str, text: str
) -> None:
    headers = {**respondent.caller.headers, "Accept-Language": header or ""}
    answer = respondent.service.client.get("/survey/questions", headers=headers)
    assert answer.headers["content-language"] == language
    assert answer.json()[0]["question_text"] == text


def test_replicas_that_start_at_once_publish_one_catalogue(postgres: TestServer) -> None:
    url = postgres.create_database("survey_service")

    async def start() -> None:
        engine = create_async_engine(driver_url(url, "asyncpg"))
        async with engine.begin() as db:
            await publish_builtin(db)
        await engine.dispose()

    async def start_at_once() -> None:
        await asyncio.gather(*(start() for _ in range(5)))

    asyncio.run(start_at_once())
    assert rows(url, "SELECT version, status, published_at IS NOT NULL FROM versions") == [(1, "published", True)]
    assert rows(url, "SELECT count(*) >= 18, count(*) = count(DISTINCT key) FROM questions") == [(True, True)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE questions SET is_required = NOT is_required WHERE version = 1",
        "DELETE FROM questions WHERE version = 1",
        """INSERT INTO questions (version, key, question_type, question_group, "order", is_required, texts)
           VALUES (1, 'late_comer', 'text', 'g', 1, false, '{}')""",
        "UPDATE versions SET status = 'draft' WHERE version = 1",
        "DELETE FROM versions WHERE version = 1",
    ],
)
def test_what_is_published_never_changes(survey_service: RunningService, statement: str) -> None:
    with pytest.raises(psycopg2.errors.CheckViolation) as refused:
        survey_service.sql(statement)
    assert refused.value.diag.constraint_name == "published_is_immutable"


def test_migrations_go_down_and_up_again_on_a_database_in_use(postgres: TestServer) -> None:
    url = postgres.create_database("survey_service")
    rows(url, IN_USE)
    config = alembic_config("survey_service", driver_url(url, "psycopg2"))
    command.downgrade(config, "base")
    assert rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [("alembic_version",)]
    command.upgrade(config, "head")
    command.check(config)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        found = cursor.fetchall() if cursor.description else []
    connection.close()
    return found

"""Saving answers one by one: `PATCH /survey/answer`, `GET /survey/answers` and `/survey/progress`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.integration.survey_service.respondent import COMPLETE, Respondent
from tests.support.callers import Caller
from tests.support.services import RunService

NEW_VERSION = """
INSERT INTO versions (version) VALUES (2);
INSERT INTO questions (version, key, aliases, question_type, question_group, "order", is_required, texts, options, fact,
                       min, max, unit, show_if)
    SELECT 2, key, aliases, question_type, question_group, "order", is_required, texts, options, fact,
           min, CASE key WHEN 'lines' THEN 2 ELSE max END, unit, show_if
    FROM questions WHERE version = 1 AND key <> 'budgeting';
UPDATE versions SET status = 'published', published_at = now() WHERE version = 2
"""


def test_answers_are_saved_one_by_one_and_another_device_goes_on(respondent: Respondent) -> None:
    saved = respondent.save("has_cards", "yes")
    assert saved.status_code == 200
    assert saved.json()["progress"]["answered"] == [respondent.ids["has_cards"]]
    assert respondent.ids["card_limit"] in saved.json()["progress"]["missing"]
    laptop = Respondent(respondent.service, respondent.caller)
    assert laptop.answers() == {"has_cards": "yes"}
    rest = {key: answer for key, answer in COMPLETE.items() if key != "has_cards"}
    assert laptop.submit(rest).status_code == 200
    assert laptop.responses() == [("complete", 1)]


def test_a_fully_saved_draft_is_submitted_without_sending_it_again(respondent: Respondent) -> None:
    for key, answer in COMPLETE.items():
        progress = respondent.save(key, answer).json()["progress"]
    assert (progress["complete"], progress["percent"], progress["missing"]) == (True, 100, [])
    assert respondent.responses() == [("open", 1)]
    assert respondent.send({}).status_code == 200
    assert respondent.responses() == [("complete", 1)]


def test_the_first_answers_of_many_people_are_all_saved(
    respondent: Respondent, new_person: Callable[..., Caller]
) -> None:
    """More than PostgreSQL plans anew for each: what works five times on a connection may not work the sixth."""
    body = {"question_id": respondent.ids["age"], "answer": 30}
    answers = [
        respondent.service.client.patch("/survey/answer", json=body, headers=new_person().headers) for _ in range(40)
    ]
    assert {answer.status_code for answer in answers} == {200}


def test_the_later_answer_counts_and_null_takes_it_away(respondent: Respondent) -> None:
    respondent.save("age", 30)
    respondent.save("age", "31")
    assert respondent.answers() == {"age": 31}
    gone = respondent.save("age", None)
    assert (gone.status_code, gone.json()["answer"]) == (200, None)
    assert respondent.answers() == {}


def test_answers_saved_at_once_all_count(respondent: Respondent) -> None:
    with ThreadPoolExecutor(len(COMPLETE)) as pool:
        saved = list(pool.map(lambda each: respondent.save(*each), COMPLETE.items()))
    assert {answer.status_code for answer in saved} == {200}
    assert respondent.answers() == {**COMPLETE, "debt_payments": 900}
    assert respondent.responses() == [("open", 1)]
    assert max(len(answer.json()["progress"]["answered"]) for answer in saved) == len(COMPLETE)


def test_an_answer_saved_while_the_survey_is_submitted_is_in_one_place_or_the_other(respondent: Respondent) -> None:
    for key, answer in COMPLETE.items():
        respondent.save(key, answer)
    with ThreadPoolExecutor(6) as pool:
        saving = [pool.submit(respondent.save, "age", age) for age in range(20, 25)]
        submitted = pool.submit(respondent.send, {})
    assert {each.result().status_code for each in (*saving, submitted)} == {200}
    counts = respondent.service.sql(
        "SELECT r.status, count(a.value) FROM responses r JOIN answers a ON a.response_id = r.id"
        " WHERE r.user_id = %s GROUP BY r.id, r.status",
        respondent.caller.user_id,
    )
    statuses = sorted(status for status, _ in counts)
    assert statuses in (["complete"], ["complete", "open"])
    assert all(len(COMPLETE) <= answers <= len(COMPLETE) + 1 for _, answers in counts)
    assert 20 <= int(str(respondent.answers()["age"])) <= 24


def test_saving_and_submitting_at_once_happen_one_after_the_other(
    respondent: Respondent, new_person: Callable[..., Caller]
) -> None:
    """Whichever comes first, what was saved is in the submission, or in a draft that started from it."""
    extra = {"age": 30, "dependents": 2, "savings_months": 3, "goal": "a house"}
    for _ in range(25):
        person = Respondent(respondent.service, new_person())
        with ThreadPoolExecutor(5) as pool:
            submitted = pool.submit(person.submit, COMPLETE)
            saved = [pool.submit(person.save, *each) for each in extra.items()]
        assert {each.result().status_code for each in (submitted, *saved)} == {200}
        assert person.answers() == {**COMPLETE, "debt_payments": 900, **extra}


def test_changing_one_answer_later_starts_from_the_last_submission(respondent: Respondent) -> None:
    respondent.submit(COMPLETE)
    progress = respondent.save("card_balance", 0).json()["progress"]
    assert progress["complete"] is True
    assert respondent.answers() == {**COMPLETE, "card_balance": 0, "debt_payments": 900}
    assert respondent.responses() == [("complete", 1), ("open", 1)]
    assert respondent.send({}).status_code == 200
    assert respondent.responses() == [("complete", 1), ("complete", 1)]


@pytest.mark.parametrize(
    ("pointer", "body"),
    [
        ("/answer", {"question_id": "age", "answer": 12}),
        ("/answer", {"question_id": "has_cards", "answer": "perhaps"}),
        ("/answer", {"question_id": "goal", "answer": "a\x00b"}),
        ("/answer", {"question_id": "age", "answer": {"deep": [1]}}),
        ("/question_id", {"question_id": 999_999_999, "answer": 12}),
        ("/question_id", {"question_id": "oldest", "answer": 12}),
        ("/answer", {"question_id": "age"}),
        ("/colour", {"question_id": "age", "answer": 40, "colour": "red"}),
    ],
)
def test_a_bad_answer_is_named_and_opens_no_draft(
    respondent: Respondent, pointer: str, body: dict[str, object]
) -> None:
    sent = {**body, "question_id": respondent.ids.get(str(body["question_id"]), body["question_id"])}
    answer = respondent.service.client.patch("/survey/answer", json=sent, headers=respondent.caller.headers)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert respondent.responses() == []


def test_somebody_elses_answers_are_not_found_and_an_administrator_reads_them(
    respondent: Respondent, new_person: Callable[..., Caller], new_admin: Callable[[], Caller]
) -> None:
    respondent.submit(COMPLETE)
    client, stranger, admin = respondent.service.client, new_person(), new_admin()
    body = {"question_id": respondent.ids["age"], "answer": 40, "user_id": str(respondent.caller.user_id)}
    assert client.patch("/survey/answer", json=body, headers=stranger.headers).status_code == 404
    for path in ("answers", "progress"):
        own = f"/survey/{path}/{respondent.caller.user_id}"
        assert client.get(own, headers=respondent.caller.headers).status_code == 200
        assert client.get(own, headers=admin.headers).json() == respondent.get(own).json()
        assert client.get(own, headers=stranger.headers).status_code == 404
        assert client.get(own).status_code == 401
        for no_id in ("0", "..%2f..", "me%00", "%27"):
            assert client.get(f"/survey/{path}/{no_id}", headers=stranger.headers).status_code == 404


def test_a_person_who_answered_nothing_has_no_answers_and_no_progress(respondent: Respondent) -> None:
    assert respondent.get("/survey/answers/me").json() == []
    progress = respondent.progress()
    assert (progress["answered"], progress["percent"], progress["complete"]) == ([], 0, False)
    assert progress["total"] == len(progress["missing"]) > 0
    admin_view = respondent.get(f"/survey/progress/{uuid4()}")
    assert admin_view.status_code == 404


def test_a_new_version_takes_over_drafts_as_far_as_they_fit_and_leaves_submissions_alone(
    run_service: RunService, new_person: Callable[..., Caller]
) -> None:
    service = run_service("survey_service")
    drafting, done = Respondent(service, new_person()), Respondent(service, new_person())
    assert done.submit(COMPLETE).status_code == 200
    for key, answer in {**COMPLETE, "budgeting": "always"}.items():
        drafting.save(key, answer)
    old_ids = dict(drafting.ids)
    service.sql(NEW_VERSION)

    drafting = Respondent(service, drafting.caller)
    assert not set(old_ids.values()) & set(drafting.ids.values())
    fitting = {key: answer for key, answer in COMPLETE.items() if key not in {"lines", "mortgages"}}
    assert drafting.answers() == {**fitting, "debt_payments": 900, "mortgages": 1}
    assert drafting.progress()["missing"] == [drafting.ids["lines"]]
    assert drafting.save("lines", 2).json()["progress"]["complete"] is True
    assert drafting.responses() == [("superseded", 1), ("open", 2)]
    outdated = service.client.patch(
        "/survey/answer", json={"question_id": old_ids["lines"], "answer": 1}, headers=drafting.caller.headers
    )
    assert outdated.status_code == 422
    assert drafting.send({}).json()["version"] == 2

    done = Respondent(service, done.caller)
    assert done.progress()["complete"] is True
    assert done.answers()["lines"] == 3
    assert done.responses() == [("complete", 1)]

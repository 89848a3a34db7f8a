"""A phone and a laptop answer the same survey: each sees what the other did, and neither overwrites it unseen."""

import httpx
import pytest

from tests.integration.survey_service.respondent import COMPLETE, Respondent

HALF = len(COMPLETE) // 2


def read(respondent: Respondent, language: str = "en") -> httpx.Response:
    headers = {**respondent.caller.headers, "Accept-Language": language}
    return respondent.service.client.get("/survey/answers/me", headers=headers)


def save(respondent: Respondent, key: str, answer: object, etag: str) -> httpx.Response:
    body = {"question_id": respondent.ids[key], "answer": answer}
    headers = {**respondent.caller.headers, "If-Match": etag, "Accept-Language": "vi"}
    return respondent.service.client.patch("/survey/answer", json=body, headers=headers)


def test_half_on_a_phone_half_on_a_laptop_in_vietnamese_then_submitted(respondent: Respondent) -> None:
    phone, laptop = respondent, Respondent(respondent.service, respondent.caller)
    etag = read(phone, "vi").headers["etag"]
    for key, answer in list(COMPLETE.items())[:HALF]:
        saved = save(phone, key, answer, etag)
        assert saved.status_code == 200, saved.text
        etag = saved.headers["etag"]
    seen = read(laptop, "vi")
    assert seen.headers["etag"] == etag
    assert {each["key"] for each in seen.json()} == set(list(COMPLETE)[:HALF])
    questions = laptop.service.client.get(
        "/survey/questions", headers={**laptop.caller.headers, "Accept-Language": "vi"}
    ).json()
    assert "Thu nhập" in next(each["question_text"] for each in questions if each["key"] == "monthly_income")
    for key, answer in list(COMPLETE.items())[HALF:]:
        saved = save(laptop, key, answer, etag)
        etag = saved.headers["etag"]
    assert saved.json()["progress"]["complete"] is True
    assert laptop.send({}).status_code == 200
    assert phone.responses() == [("complete", 1)]
    assert phone.answers() == {**COMPLETE, "debt_payments": 900}


def test_who_did_not_see_the_other_device_s_answer_is_told_and_changes_nothing(respondent: Respondent) -> None:
    respondent.save("lines", 3)
    phone = laptop = read(respondent).headers["etag"]
    assert save(respondent, "lines", 4, phone).status_code == 200
    refused = save(respondent, "lines", 5, laptop)
    assert (refused.status_code, refused.json()["code"]) == (412, "changed_meanwhile")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"].startswith("Dữ liệu đã thay đổi")
    assert respondent.answers() == {"lines": 4}
    assert save(respondent, "lines", 5, read(respondent).headers["etag"]).status_code == 200


@pytest.mark.parametrize("etag", ['"0"', '"nonsense"', "W/x", '"0193b1f0-c2d4-7e0f-9a5b-000000000001.1.1"'])
def test_an_etag_that_is_not_the_current_one_is_refused(respondent: Respondent, etag: str) -> None:
    respondent.save("lines", 3)
    assert save(respondent, "lines", 5, etag).status_code == 412
    assert respondent.answers() == {"lines": 3}


def test_without_if_match_and_with_a_star_the_later_answer_counts(respondent: Respondent) -> None:
    assert save(respondent, "lines", 3, '"0"').status_code == 200, "nothing was answered, and '0' is its ETag"
    assert respondent.save("lines", 4).status_code == 200
    assert save(respondent, "lines", 5, "*").status_code == 200
    assert respondent.answers() == {"lines": 5}


def test_a_submission_elsewhere_is_a_change_and_the_next_draft_goes_on_from_it(respondent: Respondent) -> None:
    respondent.save("lines", 3)
    before = read(respondent).headers["etag"]
    respondent.submit(COMPLETE)
    assert save(respondent, "lines", 5, before).status_code == 412
    assert respondent.responses() == [("complete", 1)]
    submitted = read(respondent).headers["etag"]
    draft = save(respondent, "lines", 5, submitted)
    assert draft.status_code == 200
    assert draft.headers["etag"] == read(respondent).headers["etag"] != submitted
    assert respondent.responses() == [("complete", 1), ("open", 1)]

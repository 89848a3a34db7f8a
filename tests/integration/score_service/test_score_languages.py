"""A score is stored as codes and numbers, and read in the language of whoever reads it, whenever it was calculated."""

from typing import Any

import httpx
import pytest

from tests.integration.score_service.borrower import FEATURES, Borrower, without
from tests.support.neighbour import Reply

VIETNAMESE = {"Accept-Language": "vi-VN,vi;q=0.9"}


def read(borrower: Borrower, path: str, language: str) -> httpx.Response:
    headers = {**borrower.caller.headers, "Accept-Language": language}
    answer = borrower.service.client.get(f"/scores/me{path}", headers=headers)
    assert answer.status_code == 200
    assert (answer.headers["content-language"], answer.headers["vary"]) == (language, "Accept-Language")
    return answer


def texts(body: Any) -> list[str]:
    """Every text of an answer that is written for people."""
    if isinstance(body, list):
        return [text for each in body for text in texts(each)]
    if not isinstance(body, dict):
        return []
    own = [body[name] for name in ("name", "description", "advice", "text", "title") if name in body]
    return own + [text for value in body.values() for text in texts(value)]


def without_texts(body: Any) -> Any:
    if isinstance(body, list):
        return [without_texts(each) for each in body]
    if not isinstance(body, dict):
        return body
    words = {"name", "description", "advice", "text", "title"}
    return {name: without_texts(value) for name, value in body.items() if name not in words}


@pytest.mark.parametrize("path", ["", "/factors"])
def test_languages_differ_in_every_text_and_in_nothing_else(borrower: Borrower, path: str) -> None:
    borrower.calculate(utilisation=0.9, late30=2)
    english, vietnamese, chinese = (read(borrower, path, language).json() for language in ("en", "vi", "zh"))
    assert without_texts(english) == without_texts(vietnamese) == without_texts(chinese)
    for said in zip(texts(english), texts(vietnamese), texts(chinese), strict=True):
        assert len(set(said)) == 3


def test_factors_reasons_and_acts_speak_of_money_as_people_do(borrower: Borrower) -> None:
    borrower.calculate(utilisation=0.9)
    vietnamese, chinese = (read(borrower, "/factors", language).json() for language in ("vi", "zh"))
    assert vietnamese["factors"][0]["name"] == "Tỷ lệ sử dụng tín dụng"
    assert chinese["factors"][0]["name"] == "信用使用率"
    assert "Mức sử dụng hạn mức thẻ tín dụng của bạn" in texts(vietnamese["reasons"])
    assert "减少信用卡额度的使用" in texts(chinese["recommendations"])


def test_calculating_and_simulating_answer_in_the_caller_s_language(borrower: Borrower) -> None:
    calculated = borrower.post("/calculate", {"features": FEATURES}, Accept_Language="vi")
    assert calculated.headers["content-language"] == "vi"
    assert calculated.json()["factors"] == read(borrower, "", "vi").json()["factors"]
    simulated = borrower.post("/simulate", {}, Accept_Language="vi")
    assert simulated.headers["content-language"] == "vi"
    assert simulated.json()["factors"] == calculated.json()["factors"]
    projected = borrower.post("/simulate/projection", {"months": 3}, Accept_Language="zh")
    assert projected.headers["content-language"] == "zh"
    assert projected.json()["assumptions"][-1]["text"] == "这是基于同一评分卡的推算，并非对未来的模型预测。"


def test_a_repeated_calculation_is_answered_as_the_first_was(borrower: Borrower) -> None:
    body = {"features": FEATURES}
    first = borrower.post("/calculate", body, Idempotency_Key="k", Accept_Language="vi")
    again = borrower.post("/calculate", body, Idempotency_Key="k", Accept_Language="zh")
    assert again.json() == first.json()
    # Nobody noted the language of a stored answer, so it claims none.
    assert "content-language" not in again.headers


def test_what_is_missing_is_told_in_the_caller_s_language(borrower: Borrower) -> None:
    answer = borrower.post("/calculate", {"features": without("late30", "lines")}, Accept_Language="zh-CN")
    assert (answer.status_code, answer.json()["title"]) == (409, "缺少计算评分所需的信息。")
    assert answer.json()["message"] == "缺少计算评分所需的信息：late30, lines。"
    assert answer.json()["missing"] == ["late30", "lines"]


def test_so_are_the_bounds_of_a_feature(borrower: Borrower) -> None:
    answer = borrower.post("/calculate", {"features": {**FEATURES, "late30": 21}}, Accept_Language="vi")
    assert answer.json()["errors"] == [{"pointer": "/features/late30", "message": "phải nằm trong khoảng từ 0 đến 20"}]


def test_the_survey_is_asked_in_the_caller_s_language_so_that_its_refusal_can_be_handed_on(borrower: Borrower) -> None:
    refusal = {"errors": [{"pointer": "/answers/age", "message": "phải là số"}]}
    marker = borrower.survey_reads_answers(Reply(422, refusal))
    answer = borrower.post("/calculate", {**marker, "age": "x"}, Accept_Language="vi-VN")
    assert answer.json()["errors"] == [{"pointer": "/age", "message": "phải là số"}]
    asked = [each for each in borrower.neighbours.survey.received if each.body and each.body["answers"].get("age")]
    assert asked[-1].headers["accept-language"] == "vi"

"""Alerts are stored as kind and values, and read in the language of whoever reads them."""

from typing import Any

import httpx

from tests.integration.alert_service.scored_person import ScoredPerson

REASON = {"code": "late.v1", "points": 31, "text": "Late payments", "text_vi": "Trả chậm", "text_zh": "逾期还款"}


def read(person: ScoredPerson, path: str, language: str) -> httpx.Response:
    headers = {**person.caller.headers, "Accept-Language": language}
    answer = person.service.client.get(path, headers=headers)
    assert answer.status_code == 200
    assert (answer.headers["content-language"], answer.headers["vary"]) == (language, "Accept-Language")
    return answer


def listed(person: ScoredPerson, language: str) -> list[dict[str, Any]]:
    alerts: list[dict[str, Any]] = read(person, "/alerts/me", language).json()
    return alerts


def test_the_same_alerts_are_read_in_each_language(person: ScoredPerson) -> None:
    person.scored(640, 745)
    titles = {language: [alert["title"] for alert in listed(person, language)] for language in ("en", "vi", "zh")}
    assert titles == {
        "en": [
            *("You reached 740", "Your score rose by 105 points", "A new personal best"),
            "Your first score is here",
        ],
        "vi": [
            *("Bạn đã đạt mốc 740 điểm", "Điểm của bạn tăng 105 điểm", "Kỷ lục mới của bạn"),
            "Bạn đã có điểm tín dụng đầu tiên",
        ],
        "zh": ["您的评分达到 740 分", "您的评分上升了 105 分", "个人最高分新纪录", "您的首个信用评分已生成"],
    }
    assert listed(person, "zh")[0]["message"] == ("您的评分从 640 分升至 745 分，达到 740 分关口，目前等级为优秀。")


def test_their_reasons_are_too_in_the_alerts_and_in_the_updates(person: ScoredPerson) -> None:
    assert person.report(person.update(640, reasons=[REASON])).status_code == 200
    for language, text in (("en", "Late payments"), ("vi", "Trả chậm"), ("zh", "逾期还款")):
        said = {"code": "late.v1", "points": 31, "text": text}
        assert listed(person, language)[0]["reasons"] == [said]
        assert read(person, "/score-updates/me", language).json()["items"][0]["reasons"] == [said]


def test_no_goal_yet_is_told_in_the_caller_s_language(person: ScoredPerson) -> None:
    headers = {**person.caller.headers, "Accept-Language": "vi"}
    answer = person.service.client.get("/goals/me", headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (404, "Bạn chưa đặt mục tiêu.")

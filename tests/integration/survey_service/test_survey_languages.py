"""What is wrong with an answer, and what an administrator is told, in the caller's language."""

from collections.abc import Callable

from survey_service.services.versions import BUILTIN
from tests.integration.survey_service.respondent import COMPLETE, Respondent
from tests.support.callers import Caller
from tests.support.services import RunningService


def test_a_bad_answer_is_told_with_the_bounds_as_people_write_them(respondent: Respondent) -> None:
    answers = {**COMPLETE, "lines": 61, "monthly_income": -1, "has_cards": "maybe"}
    refused = respondent.submit(answers, **{"Accept-Language": "vi"})
    assert (refused.status_code, refused.headers["content-language"]) == (422, "vi")
    places = {f"/answers/{place}/answer": key for place, key in enumerate(answers)}
    messages = {places[error["pointer"]]: error["message"] for error in refused.json()["errors"]}
    assert messages == {
        "lines": "phải từ 0 đến 60",
        "monthly_income": "phải từ 0 đến 1.000.000.000.000",
        "has_cards": "phải là một trong các phương án của câu hỏi",
    }


def test_an_unfinished_survey_is_told_in_the_caller_s_language(respondent: Respondent) -> None:
    refused = respondent.submit({}, **{"Accept-Language": "zh-CN"})
    assert (refused.status_code, refused.json()["message"]) == (409, "部分必答题尚未作答，详见 `missing`。")


def test_an_import_is_judged_in_the_administrator_s_language(
    survey_service: RunningService, new_admin: Callable[[], Caller]
) -> None:
    def dry_run(content: str) -> dict[str, object]:
        answer = survey_service.client.post(
            "/survey/admin/import-questions",
            params={"dry_run": True},
            files={"file": ("questions.csv", content)},
            headers={**new_admin().headers, "Accept-Language": "vi"},
        )
        assert answer.headers["content-language"] == "vi"
        result: dict[str, object] = answer.json()
        return result

    header, first, *_ = BUILTIN.read_text(encoding="utf-8-sig").splitlines()
    found = dry_run(f"{header}\n{first}\n")
    warnings = found["warnings"]
    assert isinstance(warnings, list)
    assert {
        "code": "feature_not_fed",
        "key": None,
        "message": "không có câu trả lời nào xác định late30; điểm tín dụng sẽ thiếu dữ liệu này",
    } in warnings
    assert dry_run(f"{header}\n=1{first}\n")["errors"] == [
        {"pointer": "/rows/1/key", "message": "không được là công thức"}
    ]

"""What a service answers in the caller's language: every problem, wherever in the service it comes from."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.callers import Caller
from tests.support.services import RunningService

NewPerson = Callable[..., Caller]
VIETNAMESE = {"Accept-Language": "vi-VN,vi;q=0.9,en;q=0.8"}


def said(answer: httpx.Response) -> tuple[str, str, str]:
    """A problem's language, code and message, which must also be its detail."""
    document = answer.json()
    assert document["message"] == document["detail"]
    assert answer.headers["vary"] == "Accept-Language"
    return answer.headers["content-language"], document["code"], document["message"]


def test_a_conflict_is_told_in_the_caller_s_language_and_its_code_stays(
    profile_service: RunningService, new_person: NewPerson
) -> None:
    person = new_person()
    for _ in range(2):
        answer = profile_service.client.post("/profile/me", json={}, headers={**person.headers, **VIETNAMESE})
    assert said(answer) == ("vi", "profile_exists", "Bạn đã có hồ sơ; hãy cập nhật bằng PUT hoặc PATCH.")
    assert answer.json()["title"] == answer.json()["detail"]
    assert answer.json()["type"] == "urn:problem:profile_exists"


@pytest.mark.parametrize("header", ["de-DE, fr;q=0.8", "", "*", "vi;q=0", ";;q=,", "x" * 5_000])
def test_a_language_nobody_speaks_here_is_english_and_no_error(profile_service: RunningService, header: str) -> None:
    answer = profile_service.client.get("/profile/me", headers={"Accept-Language": header})
    assert answer.status_code == 401
    assert said(answer) == ("en", "unauthenticated", "A valid sign-in is needed.")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"date_of_birth": "2024-01-01"}, {"/date_of_birth": "必须是过去的日期，且距今至少 18 年"}),
        ({"date_of_birth": "yesterday"}, {"/date_of_birth": "必须是日期，例如 2030-12-31"}),
        ({"full_name": "x" * 201}, {"/full_name": "不得超过 200 个字符"}),
        ({"full_name": "a\x00"}, {"/full_name": "必须是不含 NUL 或不成对代理字符的文本"}),
        ({"full_name": 7, "address": " "}, {"/full_name": "必须是文本", "/address": "至少需要 1 个字符"}),
        ({"email": "an"}, {"/email": "必须是有效的电子邮箱地址"}),
        ({"avatar": "ftp://example.com"}, {"/avatar": "必须是 http 或 https 网址"}),
        ({"is_admin": True}, {"/is_admin": "是不支持的字段"}),
        ([], {"": "必须是对象"}),
    ],
)
def test_what_is_wrong_with_a_field_is_told_in_the_caller_s_language(
    profile_service: RunningService, new_person: NewPerson, body: Any, expected: dict[str, str]
) -> None:
    headers = {**new_person().headers, "Accept-Language": "zh-CN"}
    answer = profile_service.client.put("/profile/me", json=body, headers=headers)
    assert said(answer) == ("zh", "malformed_request", "请求中包含无效的值。")
    assert {error["pointer"]: error["message"] for error in answer.json()["errors"]} == expected
    assert all(set(error) == {"pointer", "message"} for error in answer.json()["errors"])


def test_a_choice_is_listed_without_words_of_another_language(
    profile_service: RunningService, new_person: NewPerson
) -> None:
    headers = {**new_person().headers, **VIETNAMESE}
    answer = profile_service.client.put("/preferences/me", json={"theme": "blue"}, headers=headers)
    assert answer.json()["errors"] == [
        {"pointer": "/theme", "message": "phải là một trong các giá trị 'light', 'dark', 'auto'"}
    ]


def test_so_are_refusals_before_any_route_is_reached(profile_service: RunningService) -> None:
    client = profile_service.client
    assert said(client.get("/nowhere", headers=VIETNAMESE))[:2] == ("vi", "not_found")
    assert said(client.put("/health/live", headers=VIETNAMESE)) == (
        *("vi", "method_not_allowed"),
        "Địa chỉ này không hỗ trợ phương thức được dùng.",
    )
    too_large = client.put("/profile/me", content=b"x" * 2_000_000, headers=VIETNAMESE)
    assert said(too_large) == ("vi", "body_too_large", "Nội dung của yêu cầu vượt quá dung lượng cho phép.")


def test_a_sign_in_that_fails_is_told_in_the_caller_s_language(user_service: RunningService) -> None:
    body = {"email": "nobody@example.com", "password": "rice-paper-lantern"}
    answer = user_service.client.post("/auth/login", json=body, headers={"Accept-Language": "zh"})
    assert said(answer) == ("zh", "invalid_credentials", "电子邮箱或密码不正确。")


def test_so_is_why_a_password_cannot_be_chosen(user_service: RunningService) -> None:
    body = {"email": "an@example.com", "password": "password123"}
    answer = user_service.client.post("/auth/signup", json=body, headers=VIETNAMESE)
    assert answer.json()["errors"] == [{"pointer": "/password", "message": "là một trong những mật khẩu phổ biến nhất"}]


def test_what_does_not_depend_on_the_language_does_not_say_so(
    profile_service: RunningService, new_person: NewPerson
) -> None:
    answer = profile_service.client.get("/preferences/me", headers={**new_person().headers, **VIETNAMESE})
    assert answer.status_code == 200
    assert "content-language" not in answer.headers
    assert "vary" not in answer.headers

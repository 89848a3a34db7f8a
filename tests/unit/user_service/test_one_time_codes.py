"""One-time codes against the test vectors of RFC 6238 (SHA-1), of which six digits are kept."""

import base64

import pytest

from user_service.domain.mfa import matching_step, plain

SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}


@pytest.mark.parametrize(("now", "otp"), VECTORS.items())
def test_the_codes_are_the_standard_s(now: int, otp: str) -> None:
    assert matching_step(SECRET, otp, now) == now // 30


@pytest.mark.parametrize(("now", "step"), [(0, 1), (29.9, 1), (30, 1), (89.9, 1), (90, None), (3_600, None)])
def test_a_code_is_known_one_step_early_and_late(now: float, step: int | None) -> None:
    assert matching_step(SECRET, "287082", now) == step


@pytest.mark.parametrize("otp", ["", "28708", "2870820", "287081", "２８７０８２"])
def test_nothing_else_is_a_code(otp: str) -> None:
    assert matching_step(SECRET, otp, 59) is None


def test_spaces_hyphens_and_case_are_no_part_of_a_code() -> None:
    assert plain(" abcd-efgh 2345-67") == "ABCDEFGH234567"
    assert plain("287 082") == "287082"

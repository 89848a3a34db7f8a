"""Which passwords may be chosen."""

import pytest

from user_service.domain.common_passwords import COMMON_PASSWORDS
from user_service.domain.passwords import LENGTH_MIN, normalise, weakness


@pytest.mark.parametrize("password", ["password123", "PassWord123", "1234567890", "matkhau123", "qwertyuiop"])
def test_what_everybody_tries_first_is_refused_in_any_case(password: str) -> None:
    assert weakness(password, "an@example.com", None) == "is one of the most common passwords"


@pytest.mark.parametrize("password", ["an.nguyen@example.com", "An.Nguyen.Hue", "an.nguyen@EXAMPLE.com"])
def test_ones_own_names_are_refused(password: str) -> None:
    assert weakness(password, "an.nguyen@example.com", "an.nguyen.hue") is not None


def test_the_part_before_the_at_is_refused_too() -> None:
    assert weakness("nguyen.van.an", "nguyen.van.an@example.com", None) is not None
    assert weakness("nguyen.van.an", "somebody@example.com", None) is None


def test_one_character_repeated_is_refused() -> None:
    assert weakness("zZzZzZzZzZ", "an@example.com", None) is not None


@pytest.mark.parametrize("password", ["rice-paper-lantern", "all lower case words", "🏠" * 5 + "🌙" * 5, "ababababab"])
def test_nothing_is_asked_about_kinds_of_characters(password: str) -> None:
    assert weakness(password, "an@example.com", "An") is None


def test_the_list_holds_only_what_could_be_chosen() -> None:
    assert len(COMMON_PASSWORDS) > 500
    assert all(len(password) >= LENGTH_MIN and password == password.casefold() for password in COMMON_PASSWORDS)


def test_composed_and_decomposed_letters_are_one_password() -> None:
    assert normalise("cafe\u0301") == normalise("caf\u00e9") == "caf\u00e9"
    assert normalise(normalise("ﬁnd the way")) == normalise("ﬁnd the way")

"""What moved a score, largest first, and how that is said in the reader's language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_service.domain.moves import MOST_MOVES, moves
from alert_service.services.alerts import why
from service_kit.languages import Language

points = st.dictionaries(st.sampled_from("abcdefg"), st.integers(-300, 300))
CARDS = {"feature": "utilisation", "points": 21, "text": "Cards", "text_vi": "Thẻ", "text_zh": "卡"}
LOANS = {"feature": "lines", "points": -4, "text": "Loans", "text_vi": "Khoản vay", "text_zh": "贷款"}
REASON = {"code": "a.v1", "points": 31, "text": "Cards are full", "text_vi": "Thẻ gần hết hạn mức"}


def test_the_largest_change_is_named_first_whichever_way_it_went() -> None:
    before = {"utilisation": 10, "lines": 20, "late30": 5, "mortgages": 7, "age": 1}
    now = {"utilisation": 31, "lines": 16, "late30": 5, "mortgages": 9, "age": 2, "dependents": 50}
    assert moves(before, now) == (("utilisation", 21), ("lines", -4), ("mortgages", 2))


@given(points, points)
def test_what_is_named_did_move_and_nothing_that_is_left_out_moved_more(
    before: dict[str, int], now: dict[str, int]
) -> None:
    named = moves(before, now)
    changed = {name: now[name] - before[name] for name in before.keys() & now.keys() if now[name] != before[name]}
    assert len(named) == min(len(changed), MOST_MOVES)
    assert all(changed[name] == change for name, change in named)
    left_out = [abs(change) for name, change in changed.items() if name not in dict(named)]
    assert max(left_out, default=0) <= min((abs(change) for _, change in named), default=0) or not named
    assert moves(before, before) == ()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "What moved it most: Cards (+21) and Loans (-4)."),
        ("vi", "Yếu tố làm điểm thay đổi nhiều nhất: Thẻ (+21) và Khoản vay (-4)."),
        ("zh", "影响最大的因素：卡 (+21)和贷款 (-4)。"),
    ],
)
def test_moves_are_said_in_the_reader_s_language(language: Language, said: str) -> None:
    assert why({"moves": [CARDS, LOANS]}, [REASON], language) == said


def test_where_nothing_is_known_to_have_moved_what_costs_points_is_said_or_nothing() -> None:
    assert why({"moves": []}, [REASON, "Thin file."], "vi") == "Yếu tố làm mất nhiều điểm nhất: Thẻ gần hết hạn mức."
    assert why({}, [REASON], "en") == "What costs it most points: Cards are full."
    assert why({}, ["Thin file."], "en") == why({}, [], "en") == ""

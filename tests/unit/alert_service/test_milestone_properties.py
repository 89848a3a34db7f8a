"""What holds for every history of scores, however it wobbles and in whatever order it arrives."""

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from alert_service.domain.kinds import Kind
from alert_service.domain.milestones import (
    BIG_CHANGE,
    HYSTERESIS,
    STREAK,
    THRESHOLDS,
    Announcement,
    NewScore,
    State,
)
from tests.unit.alert_service.histories import decisions, histories, kinds_told, outcome, told

DOWN = Kind.THRESHOLD_DOWN


@given(histories)
def test_the_first_score_is_told_exactly_once(scores: list[int]) -> None:
    assert kinds_told(scores, Kind.FIRST_SCORE) == [0]


@given(histories)
def test_no_score_is_told_twice_as_the_same_kind(scores: list[int]) -> None:
    for kinds in told(*scores):
        assert len(kinds) == len(set(kinds))


@given(histories)
def test_a_threshold_is_held_exactly_as_a_switch_with_a_band_of_five_points_would_say(scores: list[int]) -> None:
    on = dict.fromkeys(THRESHOLDS, False)
    for decision, score in zip(decisions(scores), scores, strict=True):
        on = {each: score >= each if not on[each] else score > each - HYSTERESIS for each in THRESHOLDS}
        assert decision.state.held == max((each for each in THRESHOLDS if on[each]), default=0)


@given(histories)
def test_no_threshold_is_crossed_twice_without_leaving_its_band(scores: list[int]) -> None:
    """Between two tellings of reaching a threshold, some score lay five points below it; and none is lost unreached."""
    lowest_since: dict[int, int] = {}
    for decision, score in zip(decisions(scores), scores, strict=True):
        lowest_since = {each: min(lowest, score) for each, lowest in lowest_since.items()}
        for each in decision.reached:
            assert lowest_since.get(each, 0) <= each - HYSTERESIS
            lowest_since[each] = score
        for announcement in decision.announcements:
            if announcement.kind is DOWN:
                assert announcement.threshold is not None
                assert score <= announcement.threshold - HYSTERESIS
                assert announcement.threshold in lowest_since


@given(st.integers(300, 846), st.lists(st.integers(0, HYSTERESIS - 1), min_size=1, max_size=40))
def test_a_wobble_of_less_than_five_points_tells_no_kind_twice_and_no_fall(low: int, steps: list[int]) -> None:
    kinds = [kind for each in told(*(low + step for step in steps)) for kind, _ in each]
    assert len(kinds) == len(set(kinds))
    assert not {DOWN, Kind.PERSONAL_BEST, Kind.BIG_DROP, Kind.BIG_RISE} & set(kinds)


@given(histories)
def test_each_best_told_beats_the_one_before_and_is_the_best_so_far(scores: list[int]) -> None:
    bests = [scores[place] for place in kinds_told(scores, Kind.PERSONAL_BEST)]
    assert all(later - earlier >= HYSTERESIS for earlier, later in pairwise([scores[0], *bests]))
    for place in kinds_told(scores, Kind.PERSONAL_BEST):
        assert scores[place] == max(scores[: place + 1])


@given(histories)
def test_a_big_change_is_told_exactly_when_there_was_one(scores: list[int]) -> None:
    steps = [later - earlier for earlier, later in pairwise(scores)]
    assert kinds_told(scores, Kind.BIG_RISE) == [place for place, step in enumerate(steps, 1) if step >= BIG_CHANGE]
    assert kinds_told(scores, Kind.BIG_DROP) == [place for place, step in enumerate(steps, 1) if step <= -BIG_CHANGE]


@given(histories)
def test_a_streak_told_has_three_rises_and_no_fall_behind_it(scores: list[int]) -> None:
    for place in kinds_told(scores, Kind.RISE_STREAK):
        rises, here = 0, place
        while here > 0 and scores[here - 1] <= scores[here]:
            rises += scores[here - 1] < scores[here]
            here -= 1
        assert rises >= STREAK


@given(histories)
def test_between_two_streaks_told_the_score_fell_by_five_points(scores: list[int]) -> None:
    places = kinds_told(scores, Kind.RISE_STREAK)
    for earlier, later in pairwise(places):
        between = scores[earlier : later + 1]
        assert any(max(between[: at + 1]) - score >= HYSTERESIS for at, score in enumerate(between))


@given(histories, st.integers(301, 850))
def test_a_goal_is_told_exactly_when_it_is_first_reached(scores: list[int], goal: int) -> None:
    _, announcements = outcome([NewScore(version, score) for version, score in enumerate(scores, 1)], State(goal=goal))
    told_of_goal = [each for each in announcements if each.kind is Kind.GOAL_REACHED]
    assert told_of_goal == ([Announcement(Kind.GOAL_REACHED, goal)] if max(scores) >= goal else [])


@given(histories, st.data())
def test_repeated_and_late_events_change_nothing_wherever_they_come(scores: list[int], data: st.DataObject) -> None:
    in_order = [NewScore(version, score) for version, score in enumerate(scores, start=1)]
    disturbed: list[NewScore] = []
    for new in in_order:
        disturbed.append(new)
        disturbed += data.draw(st.lists(st.sampled_from(disturbed), max_size=3))
    assert outcome(disturbed) == outcome(in_order)


@given(histories, st.randoms())
def test_in_whatever_order_scores_arrive_the_newest_stands_and_nothing_older_is_told(
    scores: list[int], random: Random
) -> None:
    shuffled = [NewScore(version, score) for version, score in enumerate(scores, start=1)]
    random.shuffle(shuffled)
    climbing = [new for place, new in enumerate(shuffled) if all(new.version > e.version for e in shuffled[:place])]
    assert outcome(shuffled) == outcome(climbing)
    assert outcome(shuffled)[0].score == scores[-1]

"""When a new score is told of: worked cases, one per rule, and what holds for every history of scores."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_service.domain.kinds import Kind
from alert_service.domain.milestones import (
    BIG_CHANGE,
    HYSTERESIS,
    STREAK,
    THRESHOLDS,
    Announcement,
    Decision,
    NewScore,
    State,
    decide,
    next_threshold,
    thresholds_between,
)

UP, DOWN = Kind.THRESHOLD_UP, Kind.THRESHOLD_DOWN

NOBODY = State()

# Scores near thresholds and near each other are where rules go wrong, so they come up often.
near_thresholds = st.sampled_from(THRESHOLDS).flatmap(lambda each: st.integers(each - 8, each + 8))
histories = st.lists(st.integers(300, 850) | near_thresholds | st.integers(600, 612), min_size=1, max_size=40)


def decisions(scores: Sequence[int]) -> Iterator[Decision]:
    state = State()
    for version, score in enumerate(scores, start=1):
        decision = decide(state, NewScore(version, score))
        state = decision.state
        yield decision


def told(*scores: int) -> list[list[tuple[Kind, int | None]]]:
    """What each score of a history is told as."""
    return [[(each.kind, each.threshold) for each in decision.announcements] for decision in decisions(scores)]


def kinds_told(scores: Sequence[int], kind: Kind) -> list[int]:
    """The places in a history at which a kind is told."""
    return [
        place
        for place, decision in enumerate(decisions(scores))
        if kind in {each.kind for each in decision.announcements}
    ]


class TestFirstScore:
    def test_it_is_told_as_the_first_and_as_nothing_else(self) -> None:
        assert told(720) == [[(Kind.FIRST_SCORE, None)]]

    def test_it_reaches_every_threshold_up_to_it_without_crossing_one(self) -> None:
        (decision,) = decisions([740])
        assert decision.reached == (580, 670, 740)

    def test_whatever_version_comes_first_is_the_first(self) -> None:
        decision = decide(State(), NewScore(version=17, score=640))
        assert decision.announcements == (Announcement(Kind.FIRST_SCORE),)


class TestThresholds:
    @pytest.mark.parametrize("threshold", THRESHOLDS)
    def test_reaching_one_is_told_at_the_very_point(self, threshold: int) -> None:
        assert told(threshold - 2, threshold - 1)[1] == []
        assert told(threshold - 1, threshold)[1] == [(UP, threshold)]

    @pytest.mark.parametrize("threshold", THRESHOLDS)
    def test_falling_below_one_is_told_five_points_down_and_no_sooner(self, threshold: int) -> None:
        assert told(threshold, threshold - 4)[1] == []
        assert told(threshold, threshold - 5)[1] == [(DOWN, threshold)]

    def test_a_score_that_wobbles_around_one_is_told_once(self) -> None:
        assert told(668, 671, 669, 672, 667, 670)[1:] == [[(UP, 670)], [], [], [], []]

    def test_after_a_warning_the_way_back_up_is_told_again(self) -> None:
        assert told(672, 665, 671)[1:] == [[(DOWN, 670)], [(UP, 670)]]

    def test_a_leap_over_several_names_the_highest_and_reaches_them_all(self) -> None:
        _, leap = decisions([575, 745])
        assert [each for each in leap.announcements if each.kind is UP] == [Announcement(UP, 740)]
        assert leap.reached == (580, 670, 740)

    def test_a_fall_through_several_names_the_lowest(self) -> None:
        assert told(745, 600)[1] == [(Kind.BIG_DROP, None), (DOWN, 670)]

    def test_those_between_two_scores_and_the_next_one(self) -> None:
        assert thresholds_between(580, 740) == (670, 740)
        assert thresholds_between(740, 580) == ()
        assert [next_threshold(score) for score in (300, 580, 799, 800, 850)] == [580, 670, 800, None, None]


class TestPersonalBest:
    def test_it_must_beat_the_best_told_by_five_points(self) -> None:
        assert told(600, 604)[1] == []
        assert told(600, 605)[1] == [(Kind.PERSONAL_BEST, None)]

    def test_small_steps_add_up(self) -> None:
        assert kinds_told([600, 602, 604, 603, 606], Kind.PERSONAL_BEST) == [4]

    def test_the_best_itself_is_kept_to_the_point(self) -> None:
        assert [decision.state.best for decision in decisions([600, 603, 601])] == [600, 603, 603]


class TestBigChange:
    @pytest.mark.parametrize(("step", "kinds"), [(19, []), (20, [Kind.BIG_RISE]), (-19, []), (-20, [Kind.BIG_DROP])])
    def test_twenty_points_at_once_are_told_and_nineteen_are_not(self, step: int, kinds: list[Kind]) -> None:
        assert [kind for kind, _ in told(630, 630 + step)[1] if kind is not Kind.PERSONAL_BEST] == kinds


class TestStreak:
    def test_the_third_rise_in_a_row_is_told_and_the_fourth_is_not(self) -> None:
        assert kinds_told([600, 601, 602, 603, 604], Kind.RISE_STREAK) == [3]

    def test_a_fall_ends_the_row(self) -> None:
        assert kinds_told([600, 601, 602, 601, 602, 603], Kind.RISE_STREAK) == []

    def test_the_same_score_again_neither_adds_nor_ends(self) -> None:
        assert kinds_told([600, 601, 602, 602, 603], Kind.RISE_STREAK) == [4]

    def test_a_row_after_a_small_fall_is_not_told_again(self) -> None:
        assert kinds_told([600, 601, 602, 603, 602, 603, 604, 605], Kind.RISE_STREAK) == [3]

    def test_a_row_after_a_fall_of_five_points_is_told_again(self) -> None:
        assert kinds_told([600, 601, 602, 603, 598, 599, 600, 601], Kind.RISE_STREAK) == [3, 7]

    def test_the_five_points_count_from_the_top_of_the_row_not_from_where_it_was_told(self) -> None:
        assert kinds_told([600, 601, 602, 603, 610, 605, 606, 607, 608], Kind.RISE_STREAK) == [3, 8]


class TestGoal:
    def test_reaching_it_is_told_once_and_it_is_done(self) -> None:
        decision = decide(
            State(score_version=1, score=700, held=670, best=720, best_told=720, goal=710), NewScore(2, 710)
        )
        assert decision.announcements == (Announcement(Kind.GOAL_REACHED, 710),)
        assert decision.state.goal == 0

    def test_below_it_nothing_is_told_and_it_stays(self) -> None:
        decision = decide(
            State(score_version=1, score=700, held=670, best=720, best_told=720, goal=710), NewScore(2, 709)
        )
        assert (decision.announcements, decision.state.goal) == ((), 710)

    def test_the_first_score_may_reach_it(self) -> None:
        decision = decide(State(goal=650), NewScore(1, 700))
        assert decision.announcements == (Announcement(Kind.FIRST_SCORE), Announcement(Kind.GOAL_REACHED, 650))


class TestOrder:
    @pytest.mark.parametrize("version", [1, 2])
    def test_a_version_that_is_not_newer_decides_nothing(self, version: int) -> None:
        known = decide(decide(State(), NewScore(1, 600)).state, NewScore(2, 610)).state
        assert decide(known, NewScore(version, 850)) == Decision(known)

    def test_a_gap_in_the_versions_is_measured_from_the_last_score_known(self) -> None:
        known = decide(State(), NewScore(1, 600)).state
        assert Announcement(Kind.BIG_RISE) in decide(known, NewScore(4, 625)).announcements


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


def outcome(arrivals: Sequence[NewScore], state: State = NOBODY) -> tuple[State, list[Announcement]]:
    announcements: list[Announcement] = []
    for new in arrivals:
        decision = decide(state, new)
        state = decision.state
        announcements += decision.announcements
    return state, announcements

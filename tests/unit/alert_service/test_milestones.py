"""When a new score is told of: worked cases, one per rule."""

import pytest

from alert_service.domain.kinds import Kind
from alert_service.domain.milestones import (
    THRESHOLDS,
    Announcement,
    Decision,
    NewScore,
    State,
    decide,
    next_threshold,
    thresholds_between,
)
from tests.unit.alert_service.histories import decisions, kinds_told, told

UP, DOWN = Kind.THRESHOLD_UP, Kind.THRESHOLD_DOWN


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

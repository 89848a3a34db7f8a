"""Histories of scores, and what is told of them."""

from collections.abc import Iterator, Sequence

from hypothesis import strategies as st

from alert_service.domain.kinds import Kind
from alert_service.domain.milestones import THRESHOLDS, Announcement, Decision, NewScore, State, decide

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


def outcome(arrivals: Sequence[NewScore], state: State = NOBODY) -> tuple[State, list[Announcement]]:
    announcements: list[Announcement] = []
    for new in arrivals:
        decision = decide(state, new)
        state = decision.state
        announcements += decision.announcements
    return state, announcements

"""When a new score is worth telling: one pure function from what was known and the new score to what is told now.

A score that wobbles must not spam, so what was told once is told again only after the score has moved HYSTERESIS
points the other way. Scores count in the order of their versions: one that comes after a newer one changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alert_service.domain.kinds import Kind

BANDS: Mapping[int, str] = {580: "fair", 670: "good", 740: "very_good", 800: "exceptional"}
THRESHOLDS = tuple(BANDS)
HYSTERESIS = 5
BIG_CHANGE = 20
STREAK = 3


@dataclass(frozen=True, slots=True)
class NewScore:
    version: int
    score: int


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a person's score. `State()` is somebody without one: version 0, and all else 0 with it."""

    score_version: int = 0
    score: int = 0
    # The highest threshold the person holds: gained on reaching it, lost HYSTERESIS points below it.
    held: int = 0
    best: int = 0
    best_told: int = 0
    rises: int = 0
    # The top of the streak told last, or 0 once the score has fallen HYSTERESIS points below that top.
    streak_top: int = 0
    # The person's own target while it is not reached, else 0. A goal is reached once; the person then sets a new one.
    goal: int = 0

    @property
    def has_score(self) -> bool:
        return self.score_version > 0


@dataclass(frozen=True, slots=True)
class Announcement:
    """One alert to make. `threshold` is the score it is about, if it is about reaching or losing one."""

    kind: Kind
    threshold: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The new state, what to tell (the most important last), and the thresholds this score reached."""

    state: State
    announcements: tuple[Announcement, ...] = ()
    reached: tuple[int, ...] = ()


def decide(state: State, new: NewScore) -> Decision:
    """What a new score means for a person.

    The first score is told as such: a first 700 has reached 580 and 670 but crossed neither.
    From there, 700 → 745 tells of a personal best, a big rise (45 points) and the threshold 740.
    A version that is not newer than the known one, repeated or late, decides nothing.
    """
    if new.version <= state.score_version:
        return Decision(state)
    after = _after(state, new)
    return Decision(after, tuple(_told(state, after)), thresholds_between(state.held, after.held))


def thresholds_between(low: int, high: int) -> tuple[int, ...]:
    """The thresholds above `low` and up to `high`: `thresholds_between(580, 740) == (670, 740)`."""
    return tuple(each for each in THRESHOLDS if low < each <= high)


def next_threshold(score: int) -> int | None:
    """The lowest threshold above a score: `next_threshold(670) == 740`, and None from 800 on."""
    return next((each for each in THRESHOLDS if each > score), None)


def band_of(score: int) -> str:
    """The band a score lies in: `band_of(670) == "good"` and `band_of(669) == "fair"`."""
    return BANDS[max(each for each in THRESHOLDS if each <= score)] if score >= THRESHOLDS[0] else "poor"


def _after(before: State, new: NewScore) -> State:
    rises = _rises_after(before, new.score)
    return State(
        score_version=new.version,
        score=new.score,
        held=_held_after(before.held, new.score),
        best=max(before.best, new.score),
        best_told=new.score if new.score >= before.best_told + HYSTERESIS else before.best_told,
        rises=rises,
        streak_top=_streak_top_after(before.streak_top, new.score, rises),
        goal=before.goal if new.score < before.goal else 0,
    )


def _told(before: State, after: State) -> Iterator[Announcement]:
    if before.has_score:
        yield from _told_of_change(before, after)
    else:
        yield Announcement(Kind.FIRST_SCORE)
    if after.goal < before.goal:
        yield Announcement(Kind.GOAL_REACHED, before.goal)


def _told_of_change(before: State, after: State) -> Iterator[Announcement]:
    if after.streak_top > 0 and before.streak_top == 0:
        yield Announcement(Kind.RISE_STREAK)
    if after.best_told > before.best_told:
        yield Announcement(Kind.PERSONAL_BEST)
    if after.score - before.score >= BIG_CHANGE:
        yield Announcement(Kind.BIG_RISE)
    if before.score - after.score >= BIG_CHANGE:
        yield Announcement(Kind.BIG_DROP)
    if after.held > before.held:
        yield Announcement(Kind.THRESHOLD_UP, after.held)
    if after.held < before.held:
        yield Announcement(Kind.THRESHOLD_DOWN, thresholds_between(after.held, before.held)[0])


def _held_after(held: int, score: int) -> int:
    """The highest threshold held now. Holding 670: 740 gives 740, 666 keeps 670, 665 falls to 580."""
    kept = (each for each in THRESHOLDS if each <= held and score > each - HYSTERESIS)
    reached = (each for each in THRESHOLDS if score >= each)
    return max((*kept, *reached), default=0)


def _rises_after(before: State, score: int) -> int:
    """Rises in a row: a fall ends them, and the same score again neither adds to them nor ends them."""
    if not before.has_score or score < before.score:
        return 0
    return before.rises + (score > before.score)


def _streak_top_after(top: int, score: int, rises: int) -> int:
    if top == 0:
        return score if rises >= STREAK else 0
    return 0 if score <= top - HYSTERESIS else max(top, score)

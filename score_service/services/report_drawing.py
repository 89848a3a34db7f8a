"""How a report looks: what is known of a score, drawn on paper, in the words of one language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from score_service.domain.bands import BAND_FLOORS, HIGHEST_SCORE, LOWEST_SCORE, Band, band_of
from score_service.domain.features import FEATURES, Value
from score_service.domain.plan import Plan
from score_service.services.report_paper import (
    BOTTOM,
    FAINT,
    INK,
    LEADING,
    LEFT,
    POINT,
    RIGHT,
    SOFT,
    WHITE,
    WIDTH,
    Colour,
    Paper,
    Point,
    arc,
    on_circle,
)  # fmt: skip
from score_service.services.report_texts import ENGLISH, ENGLISH_BANDS
from service_kit.languages import Texts

BAND_COLOURS: dict[Band, Colour] = {
    Band.POOR: (220, 68, 55),
    Band.FAIR: (240, 150, 55),
    Band.GOOD: (235, 196, 60),
    Band.VERY_GOOD: (126, 184, 86),
    Band.EXCEPTIONAL: (35, 139, 90),
}
IMPACT_COLOURS: dict[str, Colour] = {"positive": (35, 139, 90), "negative": (220, 68, 55), "neutral": (148, 163, 184)}
ACCENT: Colour = (37, 82, 161)
GAUGE_RADIUS, GAUGE_WIDTH = 36.0, 9.0
HISTORY_HEIGHT, FACTOR_HEIGHT = 44.0, 9.0


@dataclass(frozen=True)
class Story:
    """What a report tells: the score as it stands on the wire, its history oldest first, and the way up, if any."""

    score: dict[str, Any]
    history: Sequence[tuple[datetime, int]]
    recommendations: Sequence[dict[str, Any]]
    plan: Plan | None


class Drawing:
    def __init__(self, story: Story, texts: Texts) -> None:
        self._story, self._texts = story, texts
        self.paper = Paper(texts.language, self._say("title"), story.score["last_calculated"])

    def draw(self) -> bytes:
        self._head()
        self._gauge()
        self._history()
        self._factors()
        self._reasons()
        self._plan()
        self._advice()
        self._feet()
        return self.paper.content()

    def _say(self, key: str, **values: object) -> str:
        return self._texts.say(ENGLISH[key], values)

    def _date(self, time: datetime) -> str:
        return str(format_date(time, locale=self._texts.language))

    def _share(self, share: float) -> str:
        return str(format_percent(share, locale=self._texts.language))

    def _value(self, feature: str, value: Value) -> str:
        if value is None:
            return self._say("no_card" if feature == "utilisation" else "unknown")
        if FEATURES[feature].whole:
            return str(format_decimal(value, locale=self._texts.language))
        return self._share(value)

    def _heading(self, text: str, room: float) -> None:
        """A heading never stands alone at the end of a page: `room` is what must follow on the same one."""
        paper = self.paper
        paper.need(12 + room)
        paper.y += 4
        paper.write(LEFT, paper.y, text, 12.5, colour=ACCENT, bold=True)
        paper.y += 8

    def _head(self) -> None:
        paper, score = self.paper, self._story.score
        paper.write(LEFT, paper.y, self._say("title"), 19, bold=True, width=110)
        date = self._say("calculated", date=self._date(score["last_calculated"]))
        paper.write(RIGHT, paper.y + 3, date, 9.5, colour=SOFT, align="right", width=60)
        paper.y += 11
        paper.line([(LEFT, paper.y), (RIGHT, paper.y)], FAINT, 0.4)
        paper.y += 7

    def _gauge(self) -> None:
        paper, score = self.paper, self._story.score
        band, number = Band(score["band"]), score["current_score"]
        centre = (LEFT + 46.0, paper.y + GAUGE_RADIUS + 6)
        ends = [*BAND_FLOORS.values(), HIGHEST_SCORE]
        for each, (low, high) in zip(BAND_FLOORS, pairwise(ends), strict=True):
            steps = [_degrees(low) + (_degrees(high) - _degrees(low)) * i / 40 for i in range(41)]
            ring = arc(centre, GAUGE_RADIUS, steps) + arc(centre, GAUGE_RADIUS - GAUGE_WIDTH, reversed(steps))
            paper.shape(ring, BAND_COLOURS[each])
        for inner in ends[1:-1]:
            edge = [on_circle(centre, radius, _degrees(inner)) for radius in (GAUGE_RADIUS - GAUGE_WIDTH, GAUGE_RADIUS)]
            paper.line(edge, WHITE, 0.7)
            x, y = on_circle(centre, GAUGE_RADIUS + 4, _degrees(inner))
            paper.write(x, y - 1.6, str(inner), 7.5, colour=SOFT, align="centre")
        for end, x in ((LOWEST_SCORE, -1), (HIGHEST_SCORE, 1)):
            at = centre[0] + x * (GAUGE_RADIUS - GAUGE_WIDTH / 2)
            paper.write(at, centre[1] + 1.5, str(end), 7.5, colour=SOFT, align="centre")
        self._needle(centre, number)
        paper.write(centre[0], centre[1] + 5, str(number), 30, align="centre", bold=True)
        name = self._texts.say(ENGLISH_BANDS[band])
        paper.write(centre[0], centre[1] + 18, name, 13, align="centre", colour=INK, width=70, bold=True)
        paper.bar(centre[0] - 9, centre[1] + 25.5, 18, 1.8, BAND_COLOURS[band])
        self._beside_the_gauge(centre[1] - GAUGE_RADIUS + 4)
        paper.y = centre[1] + 30

    def _needle(self, centre: Point, number: int) -> None:
        degrees = _degrees(number)
        tip = on_circle(centre, GAUGE_RADIUS - GAUGE_WIDTH + 3, degrees)
        self.paper.shape([on_circle(centre, 1.5, degrees + 90), tip, on_circle(centre, 1.5, degrees - 90)], INK)
        self.paper.disc(centre, 2.6, INK)
        self.paper.disc(centre, 1.0, WHITE)

    def _beside_the_gauge(self, y: float) -> None:
        paper, score = self.paper, self._story.score
        low, high = score["interval"]
        said = (
            self._moved() if score["override"] is None else self._overridden(score["override"]),
            self._say(f"among_{score['percentile_among']}", share=self._share(score["percentile"] / 100)),
            self._say("interval", low=low, high=high),
        )
        x, width = LEFT + 100.0, RIGHT - LEFT - 100
        paper.y = y + 6
        for each in said:
            paper.disc((x - 3.5, paper.y + 2.2), 0.8, ACCENT)
            paper.paragraph(x, each, 10.5, width)
            paper.y += 4

    def _moved(self) -> str:
        score = self._story.score
        if score["previous_score"] is None:
            return self._say("first")
        change = score["change"]
        if change == 0:
            return self._say("unchanged")
        return self._say("higher" if change > 0 else "lower", points=abs(change))

    def _overridden(self, override: dict[str, Any]) -> str:
        return self._say("overridden", score=override["model_score"], date=self._date(override["expires_at"]))

    def _history(self) -> None:
        paper, history = self.paper, self._story.history
        self._heading(self._say("history"), HISTORY_HEIGHT + 12)
        scores = [score for _, score in history]
        lowest, highest = max(LOWEST_SCORE, min(scores) - 25), min(HIGHEST_SCORE, max(scores) + 25)
        top, bottom, left, right = paper.y, paper.y + HISTORY_HEIGHT, LEFT + 11, RIGHT - 4
        inner_left, low, high = left + 7, bottom - 6, top + 6  # beside the outermost dots stand their numbers
        first, last = history[0][0], history[-1][0]
        span = (last - first).total_seconds()

        def place(time: datetime, score: int) -> Point:
            along = (time - first).total_seconds() / span if span else 0.5
            return inner_left + (right - inner_left) * along, low - (low - high) * (score - lowest) / (highest - lowest)

        paper.line([(left, top), (left, bottom), (right, bottom)], FAINT, 0.3)
        for floor in list(BAND_FLOORS.values())[1:]:
            if lowest < floor < highest:
                y = place(first, floor)[1]
                paper.line([(left, y), (right, y)], BAND_COLOURS[band_of(floor)], 0.25, dashed=True)
                paper.write(left - 2, y - 1.6, str(floor), 7.5, colour=SOFT, align="right")
        points = [place(*each) for each in history]
        if len(points) > 1:
            paper.line(points, ACCENT, 0.6)
        for each in points:
            paper.disc(each, 0.9, ACCENT)
        self._ends_of(points)
        paper.y = bottom + 2
        if len(points) == 1:
            paper.write((left + right) / 2, paper.y, self._say("one_day"), 8.5, colour=SOFT, align="centre")
        else:
            paper.write(left, paper.y, self._date(first), 8, colour=SOFT)
            paper.write(right, paper.y, self._date(last), 8, colour=SOFT, align="right")
            if span > 86_400:
                middle = self._date(first + (last - first) / 2)
                paper.write((left + right) / 2, paper.y, middle, 8, colour=SOFT, align="centre")
        paper.y += 6

    def _ends_of(self, points: Sequence[Point]) -> None:
        """The first and the last number stand beside their dots, where there is room for both."""
        history = self._story.history
        ends = [(points[-1], points[-2:-1], history[-1][1])]
        if points[-1][0] - points[0][0] > 12:
            ends.append((points[0], points[1:2], history[0][1]))
        for (x, y), neighbour, number in ends:
            below = any(y_there < y for _, y_there in neighbour)  # the line leaves upwards
            self.paper.write(x, y + 1.6 if below else y - 5.2, str(number), 8.5, align="centre", bold=True)

    def _factors(self) -> None:
        paper, score = self.paper, self._story.score
        self._heading(self._say("factors"), 24)
        total = score["base_points"] + sum(each["points"] for each in score["factors"])
        model = min(max(total, LOWEST_SCORE), HIGHEST_SCORE)
        values = {"base": score["base_points"], "sum": total, "score": model}
        paper.paragraph(LEFT, self._say("account" if total == model else "clipped", **values), 9, RIGHT - LEFT, SOFT)
        paper.y += 2
        for each in score["factors"]:
            self._factor(each)

    def _factor(self, factor: dict[str, Any]) -> None:
        paper = self.paper
        paper.need(FACTOR_HEIGHT)
        y = paper.y
        paper.write(LEFT, y, factor["name"], 9.5, width=52)
        paper.write(LEFT, y + 4.2, self._value(factor["feature"], factor["value"]), 7.5, colour=SOFT, width=52)
        left, width = LEFT + 56, 78.0
        paper.bar(left, y + 2, width, 3, FAINT)
        paper.bar(left, y + 2, max(3.0, width * factor["score"] / 100), 3, IMPACT_COLOURS[factor["impact"]])
        points = self._say("of", points=_signed(factor["points"]), most=_signed(factor["max_points"]))
        paper.write(RIGHT, y, points, 9.5, align="right", width=36, bold=True)
        weight = self._say("weight", share=self._share(factor["weight"] / 100))
        paper.write(RIGHT, y + 4.2, weight, 7.5, colour=SOFT, align="right", width=36)
        paper.y += FACTOR_HEIGHT

    def _reasons(self) -> None:
        reasons = self._story.score["reasons"]
        self._heading(self._say("reasons"), 12)
        if not reasons:
            self.paper.paragraph(LEFT, self._say("no_reasons"), 10, RIGHT - LEFT)
        for number, each in enumerate(reasons, start=1):
            lost = self._say("lost", points=each["points"])
            self._entry(str(number), each["text"], lost, IMPACT_COLOURS["negative"])

    def _plan(self) -> None:
        plan = self._story.plan
        if plan is None:
            return
        self._heading(self._say("plan", target=plan.target), 16)
        names = {each["feature"]: each["name"] for each in self._story.score["factors"]}
        for change in plan.changes:
            now, then = (self._value(change.feature, each) for each in (change.value, change.new_value))
            move = self._say("move", name=names[change.feature], now=now, then=then)
            self._entry("→", move, self._say("gain", points=change.points_gain), IMPACT_COLOURS["positive"])
        outcome = "reached" if plan.reachable else "out_of_reach" if plan.changes else "nothing_to_change"
        self.paper.paragraph(LEFT, self._say(outcome, score=plan.score), 9.5, RIGHT - LEFT, SOFT)

    def _advice(self) -> None:
        if not self._story.recommendations:
            return
        self._heading(self._say("advice"), 16)
        for each in self._story.recommendations:
            worth = self._say("worth", points=each["points_gain"])
            self._entry("•", each["title"], worth, IMPACT_COLOURS["positive"], each["text"])

    def _entry(self, mark: str, text: str, figure: str, colour: Colour, more: str = "") -> None:
        paper, x, width = self.paper, LEFT + 7, RIGHT - LEFT - 50
        below = paper.lines_of(more, 9, width) if more else []
        paper.need((len(paper.lines_of(text, 10.5, width)) * 10.5 + len(below) * 9) * POINT * LEADING + 3)
        paper.write(LEFT + 1, paper.y, mark, 10.5, colour=colour, bold=True)
        paper.write(RIGHT, paper.y, figure, 10, colour=colour, align="right", width=38, bold=True)
        paper.paragraph(x, text, 10.5, width)
        if more:
            paper.paragraph(x, more, 9, width, SOFT)
        paper.y += 2.5

    def _feet(self) -> None:
        paper, score = self.paper, self._story.score
        pages = paper.pdf.pages_count
        made_by = self._say("made_by", version=score["model_version"], number=score["version"])
        for page in range(1, pages + 1):
            paper.pdf.page = page
            paper.line([(LEFT, BOTTOM + 4), (RIGHT, BOTTOM + 4)], FAINT, 0.3)
            paper.write(WIDTH / 2, BOTTOM + 6, self._say("what_it_is"), 7.5, colour=SOFT, align="centre")
            paper.write(LEFT, BOTTOM + 10, made_by, 7.5, colour=SOFT)
            number = self._say("page", page=page, pages=pages)
            paper.write(RIGHT, BOTTOM + 10, number, 7.5, colour=SOFT, align="right")


def _degrees(score: int) -> float:
    """Where a score stands on the gauge: 300 at the left (180 degrees), 850 at the right (0)."""
    return 180 * (HIGHEST_SCORE - score) / (HIGHEST_SCORE - LOWEST_SCORE)


def _signed(points: int) -> str:
    return f"+{points}" if points > 0 else str(points).replace("-", "−")

"""Paper to write and draw on: fonts for every language, text that is measured before it is placed, pages, bytes.

The same calls give the same bytes: no clock and no chance take part.
"""

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from tempfile import NamedTemporaryFile
from typing import Literal

import pylopdf_fonts_zh_cn
from fontTools import subset
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, TextMode, WrapMode

from score_service.domain.texts import ENGLISH
from score_service.services import report_texts
from service_kit.languages import Language, read_texts

WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 18.0
LEFT, RIGHT, BOTTOM = MARGIN, WIDTH - MARGIN, HEIGHT - 22.0
# A point of type in millimetres, and the distance of lines in those of type.
POINT, LEADING = 25.4 / 72, 1.45
SMALLEST = 6.0

Colour = tuple[int, int, int]
Point = tuple[float, float]
INK: Colour = (31, 41, 55)
SOFT: Colour = (107, 114, 128)
FAINT: Colour = (229, 231, 235)
WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Box:
    """Where a text stands, in millimetres from the top left of its page."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    text: str


class Paper:
    def __init__(self, language: Language, title: str, made_at: datetime) -> None:
        self._wrap = WrapMode.CHAR if language == "zh" else WrapMode.WORD
        self.pdf = pdf = FPDF(format="A4")
        pdf.set_creation_date(made_at)
        pdf.set_title(title)
        pdf.set_lang(language)
        pdf.set_auto_page_break(False)
        with _font_file() as font:
            pdf.add_font("text", fname=font)
        pdf.c_margin = 0
        self.boxes: list[Box] = []
        self.y = 0.0
        self.add_page()

    def add_page(self) -> None:
        self.pdf.add_page()
        self.y = MARGIN

    def need(self, height: float) -> None:
        """Go on to the next page unless this one still has so much room."""
        if self.y + height > BOTTOM:
            self.add_page()

    def width_of(self, text: str, size: float) -> float:
        self.pdf.set_font("text", size=size)
        return float(self.pdf.get_string_width(text))

    def write(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        colour: Colour = INK,
        align: Literal["left", "centre", "right"] = "left",
        width: float = RIGHT - LEFT,
        bold: bool = False,
    ) -> None:
        """One line whose top is `y`, smaller where it would be wider than `width`. `x` is where it is aligned to."""
        wanted = self.width_of(text, size)
        if wanted > width:
            size = max(SMALLEST, size * width / wanted)
            wanted = self.width_of(text, size)
        left = x - wanted * {"left": 0.0, "centre": 0.5, "right": 1.0}[align]
        self.pdf.set_font("text", size=size)
        self.pdf.set_text_color(colour)
        with self.pdf.local_context():
            if bold:  # the font has one weight; an outline in the same colour makes it heavier
                self.pdf.text_mode = TextMode.FILL_STROKE
                self.pdf.set_draw_color(colour)
                self.pdf.set_line_width(size * 0.009)
            self.pdf.text(left, y + size * POINT * 1.05, text)
        self.boxes.append(Box(self.pdf.page, left, y, left + wanted, y + size * POINT * 1.2, text))

    def lines_of(self, text: str, size: float, width: float) -> list[str]:
        self.pdf.set_font("text", size=size)
        lines = self.pdf.multi_cell(
            width, text=text, wrapmode=self._wrap, dry_run=True, output=MethodReturnValue.LINES, align="L"
        )
        assert isinstance(lines, list)
        return [str(line) for line in lines]

    def paragraph(self, x: float, text: str, size: float, width: float, colour: Colour = INK) -> None:
        """As many lines as it takes, from the present height down; the next text goes below."""
        for line in self.lines_of(text, size, width):
            self.write(x, self.y, line, size, colour=colour, width=width)
            self.y += size * POINT * LEADING

    def line(self, points: Sequence[Point], colour: Colour, thickness: float, *, dashed: bool = False) -> None:
        with self.pdf.local_context():
            self.pdf.set_draw_color(colour)
            self.pdf.set_line_width(thickness)
            if dashed:
                self.pdf.set_dash_pattern(dash=0.8, gap=0.8)
            self.pdf.polyline(points)

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        with self.pdf.local_context():
            self.pdf.set_fill_color(colour)
            self.pdf.polygon(points, style="F")

    def disc(self, centre: Point, radius: float, colour: Colour) -> None:
        with self.pdf.local_context():
            self.pdf.set_fill_color(colour)
            self.pdf.circle(*centre, radius, style="F")

    def bar(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        if width > 0:
            with self.pdf.local_context():
                self.pdf.set_fill_color(colour)
                radius = min(width, height) / 2
                self.pdf.rect(x, y, width, height, style="F", round_corners=True, corner_radius=radius)

    def content(self) -> bytes:
        return bytes(self.pdf.output())


def on_circle(centre: Point, radius: float, degrees: float) -> Point:
    """A point of a circle: 0 degrees is right, 90 is up."""
    angle = math.radians(degrees)
    return centre[0] + radius * math.cos(angle), centre[1] - radius * math.sin(angle)


def arc(centre: Point, radius: float, degrees: Iterable[float]) -> list[Point]:
    return [on_circle(centre, radius, each) for each in degrees]


@contextmanager
def _font_file() -> Iterator[str]:
    """A font is read from a file, as long as it is being added."""
    with NamedTemporaryFile(suffix=".otf") as file:
        file.write(_font())
        file.flush()
        yield file.name


@cache
def _font() -> bytes:
    """Noto Sans with the letters that reports are written in: some tens of kilobytes out of eight megabytes."""
    options = subset.Options(hinting=False, layout_features=[])
    with TTFont(pylopdf_fonts_zh_cn.sans_path(), recalcTimestamp=False, lazy=True) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=_letters())
        subsetter.subset(font)
        small = io.BytesIO()
        font.save(small)
    return small.getvalue()


def _letters() -> str:
    english = [*ENGLISH.values(), *report_texts.ENGLISH.values(), *report_texts.ENGLISH_BANDS.values()]
    said = [texts.say(each) for texts in read_texts("score_service").values() for each in english]
    # Beside ASCII, what numbers and dates are written with.
    return "".join(sorted({*"".join(said), *map(chr, range(32, 127)), *"\u00a0–−•→年月日"}))

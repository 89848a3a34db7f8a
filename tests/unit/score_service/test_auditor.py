"""An auditor with nothing but docs/methodology.md, a pencil and somebody's answers finds what that person was told."""

import re
from collections.abc import Iterator
from math import sqrt
from pathlib import Path

import pytest

import score_service
from score_service.domain.evaluation import evaluate
from score_service.domain.features import Value
from score_service.domain.scorecard import Scorecard
from tests.unit.score_service.conftest import Profiles

DOCUMENT = Path(score_service.__file__).parent.parent / "docs" / "methodology.md"
PEOPLE = 3_000
Rows = list[list[str]]


def tables(text: str) -> Iterator[tuple[str, list[str], Rows]]:
    """Every table of the page: the line above it, its titles, its rows."""
    for above, table in re.findall(r"^([^\n|]+)\n\n((?:\|.*\n)+)", text, re.MULTILINE):
        titles, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines())
        yield above, titles, rows


def holds(label: str, value: Value) -> bool:
    """Whether an answer is the one that a row or a column is named after."""
    if value is None or label in {"no card", "unknown"}:
        return value is None and label in {"no card", "unknown"}
    if "to below" in label:
        low, high = map(float, label.split(" to below "))
        return low <= value < high
    if "and more" in label:
        return value >= float(label.removesuffix(" and more"))
    first, _, last = label.partition(" to ")
    return float(first) <= value <= float(last or first)


class Auditor:
    """Knows the page's part on the champion, and how to read a table."""

    def __init__(self) -> None:
        page = DOCUMENT.read_text(encoding="utf-8")
        text = page[page.index("### Champion") : page.index("### Challenger")]
        self.base = int(re.findall(r"Base points: \*\*(\d+)\*\*", text)[0])
        self.percentiles = [int(score) for score in re.findall(r"```text\n([\d\s]+)```", text)[0].split()]
        self.points: dict[str, Rows] = {}
        self.pairs: list[tuple[str, str, list[str], Rows]] = []
        for above, titles, rows in tables(text):
            if pair := re.search(r"added to `(\w+)`, rows are `(\w+)`", above):
                self.pairs.append((pair[1], pair[2], titles, rows))
            elif (feature := re.search(r"\(`(\w+)`", above)) and titles == ["Answer", "Points", "People"]:
                self.points[feature[1]] = rows
            elif titles[:2] == ["band", "from"]:
                self.bands = {int(row[1]): row[0] for row in rows}
            elif titles[0] == "Score":
                self.probabilities = {int(row[0].strip("*")) + i: p for row in rows for i, p in enumerate(row[1:])}
            elif titles[-1] == "Variance, points squared":
                self.variances = {row[0]: float(row[1]) for row in rows}

    def score(self, person: dict[str, Value]) -> int:
        total = self.base
        for feature, rows in self.points.items():
            [points] = [row[1] for row in rows if holds(row[0], person[feature])]
            total += int(points)
        for feature, given, titles, rows in self.pairs:
            [row] = [row for row in rows if holds(row[0], person[given])]
            [points] = [p for title, p in zip(titles[1:], row[1:], strict=True) if holds(title, person[feature])]
            total += int(points)
        return min(max(total, 300), 850)

    def half_width(self, score: int, person: dict[str, Value]) -> float:
        band = self.bands[max(floor for floor in self.bands if floor <= score)]
        unknown = [name for name in ("debt_ratio", "mortgages") if person[name] is None]
        hidden = self.variances[" and ".join(unknown) + " unknown"] if unknown else 0
        return 1.645 * sqrt(self.variances[band] + hidden)


@pytest.fixture(scope="module")
def auditor() -> Auditor:
    return Auditor()


def test_an_auditor_finds_everybody_s_score_on_the_page(
    auditor: Auditor, champion: Scorecard, create_profiles: Profiles
) -> None:
    assert list(auditor.points) == list(champion.feature_names)
    assert len(auditor.pairs) == len(champion.pairs)
    for person in create_profiles(PEOPLE):
        assert auditor.score(person) == evaluate(champion, person).score


def test_and_all_that_a_score_says_by_itself(auditor: Auditor, champion: Scorecard, create_profiles: Profiles) -> None:
    for person in create_profiles(PEOPLE):
        told = evaluate(champion, person)
        assert float(auditor.probabilities[told.score]) == pytest.approx(told.probability_of_default, abs=6e-6)
        assert sum(each < told.score for each in auditor.percentiles) == told.percentile
        half = auditor.half_width(told.score, person)
        assert told.confidence == pytest.approx(1 - half / 275, abs=0.001)
        for end, found in zip(told.interval, (told.score - half, told.score + half), strict=True):
            assert end == pytest.approx(min(max(found, 300), 850), abs=0.51)

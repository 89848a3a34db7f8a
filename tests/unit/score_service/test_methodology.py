"""The document an auditor reads is the artifact's own, and a score can be followed through it by hand."""

import re
from pathlib import Path

import pytest

import score_service
from score_service.core.settings import Settings
from score_service.domain.evaluation import evaluate
from score_service.domain.scorecard import Scorecard
from score_service.scripts.describe import EXAMPLE, SILENT, generated, rewritten
from score_service.scripts.train import RECIPES

DOCUMENT = Path(score_service.__file__).parent.parent / "docs" / "methodology.md"


def test_the_generated_part_is_that_of_the_committed_artifacts() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert rewritten(text, generated()) == text


def test_what_is_trained_is_what_a_fresh_installation_serves() -> None:
    roles = [Settings.model_fields[role].default for role in ("champion", "challenger")]
    assert [recipe.version for recipe in RECIPES] == roles


def test_the_worked_example_adds_up_on_paper(champion: Scorecard) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    found = re.search(r"^(\d+(?: [+-] \d+)+) = \*\*(\d+)\*\*", text, re.MULTILINE)
    assert found is not None
    terms = re.findall(r"([+-]?) ?(\d+)", found[1])
    assert sum(-int(n) if sign == "-" else int(n) for sign, n in terms) == int(found[2])
    assert evaluate(champion, EXAMPLE).score == int(found[2])


def test_each_row_of_the_worked_example_is_its_table_and_its_pair() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    value = r"(?:[\d.]+|no card|unknown)"
    rows = re.findall(rf"^\| [\w -]+ \| {value} \| ([+-]\d+) \| ([+-]\d+) \| ([+-]\d+) \|$", text, re.MULTILINE)
    assert len(rows) == len(EXAMPLE) + len(SILENT)
    assert all(int(table) + int(pair) == int(points) for table, pair, points in rows)
    assert any(int(pair) for _, pair, _ in rows)


def test_a_document_without_markers_is_not_rewritten() -> None:
    with pytest.raises(ValueError, match="no generated part"):
        rewritten("# Methodology", "tables")

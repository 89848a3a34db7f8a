"""`make supply-chain` fails where something is found, and where nobody could be asked."""

import json
from pathlib import Path

import pytest

from tools import supply_chain
from tools.supply_chain import ACCEPTED_HOLES, holes, secrets


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """A folder of tools that answer with the file `answer` beside them."""
    for name in ("pip-audit", "detect-secrets"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho "nobody there" >&2\ncat "{tmp_path}/answer"\n')
        (tmp_path / name).chmod(0o755)
    return tmp_path


def audit_of(*ids: str) -> str:
    found = [{"id": each, "aliases": [], "fix_versions": ["2.0"]} for each in ids]
    return json.dumps({"dependencies": [{"name": "package", "version": "1.0", "vulns": found}]})


def test_a_database_that_does_not_answer_has_failed(answers: Path) -> None:
    (answers / "answer").write_text("")
    assert list(holes(answers)) == [
        "the audit could not be made: the database of known holes, PyPI's, gave no answer (nobody there)"
    ]


def test_everything_else_is_looked_at_all_the_same(
    answers: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (answers / "answer").write_text("")
    others = dict.fromkeys(supply_chain.CHECKS, lambda _: iter(()))
    monkeypatch.setattr(supply_chain, "CHECKS", {**others, "known holes": holes})
    assert supply_chain.main(answers) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "known holes: 1 to look at"
    assert lines[2:5] == [f"{name}: nothing new" for name in ("licences", "secrets", "bill of materials")]


def test_a_hole_is_told_with_the_version_that_closes_it(answers: Path) -> None:
    (answers / "answer").write_text(audit_of("CVE-2026-1"))
    assert list(holes(answers)) == ["package 1.0: CVE-2026-1, fixed in 2.0"]


def test_an_accepted_hole_is_passed_over_and_has_a_reason(answers: Path) -> None:
    (answers / "answer").write_text(audit_of(*ACCEPTED_HOLES))
    assert list(holes(answers)) == []
    assert all(len(reason) > 20 for reason in ACCEPTED_HOLES.values())


def test_a_private_key_is_found_also_among_tests(answers: Path) -> None:
    found = [{"type": "Private Key", "line_number": 3}, {"type": "Secret Keyword", "line_number": 4}]
    (answers / "answer").write_text(json.dumps({"results": {"tests/a.py": found, "score_service/a.py": found}}))
    assert list(secrets(answers)) == [
        "tests/a.py:3: Private Key", "score_service/a.py:3: Private Key", "score_service/a.py:4: Secret Keyword",
    ]  # fmt: skip

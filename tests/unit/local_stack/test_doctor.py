"""Each thing the doctor looks for, found wanting."""

import shutil
import socket
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from local_stack import doctor, render
from local_stack.layout import Layout
from tests.support.ports import free_offset


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "stack", free_offset())


def bad(layout: Layout) -> list[str]:
    return [finding.text for finding in doctor.examine(layout) if not finding.fine]


def test_a_whole_installation_is_fine(layout: Layout) -> None:
    findings = doctor.examine(layout)
    assert [finding.text for finding in findings if not finding.fine] == []
    texts = " ".join(finding.text for finding in findings)
    assert "all installed" in texts
    assert "the stack is not running" in texts
    assert "postgres (PostgreSQL)" in texts


def test_an_unsupported_python(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    assert any("3.11 to 3.13 are supported" in text for text in bad(layout))


def test_a_full_disk(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 99, 3_000_000))
    assert any(text.startswith("3 MB are free at") for text in bad(layout))


def test_a_missing_package(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("uvicorn", "no_such_package"))
    assert "packages: missing no_such_package" in bad(layout)


def test_a_program_made_for_another_system(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "pginstall" / "bin" / "postgres"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"\x7fELF of another machine")
    program.chmod(0o755)
    monkeypatch.setattr(doctor, "package", lambda: tmp_path)
    assert any(text.startswith(f"{program} does not run here") for text in bad(layout))


def test_a_gateway_file_that_cannot_be_served(
    layout: Layout, rendered: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {**rendered, "plugins": [{"name": "acl", "config": {}}]}
    monkeypatch.setattr(render, "render", lambda _: wrong)
    assert any("asks for what the embedded gateway cannot do: plugins" in text for text in bad(layout))


def test_a_taken_port(layout: Layout) -> None:
    with socket.create_server(("127.0.0.1", layout.port("gateway"))):
        assert any("(gateway) is taken by another program" in text for text in bad(layout))

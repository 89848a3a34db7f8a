"""The commands of docs/operations.md work as printed."""

import re

import pytest

from tests.support.services import ROOT
from tests.support.stack import Stack

PAGE = (ROOT / "docs" / "operations.md").read_text()
TARGETS = sorted(set(re.findall(r"make ([a-z-]+)", PAGE)))


def test_every_target_it_names_is_in_the_makefile_with_a_help_text() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert [target for target in TARGETS if not re.search(rf"^{target}:.*## \S", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize(("command", "says"), [("status", "gateway"), ("doctor", "")])
def test_the_looking_commands_answer(stack: Stack, command: str, says: str) -> None:
    done = stack.command(command, RATE_LIMIT_FACTOR="100")
    assert done.returncode == 0, done.stdout + done.stderr
    assert says in done.stdout


def test_the_metrics_it_names_are_there(stack: Stack) -> None:
    person = stack.new_person()
    named = set(re.findall(r"`((?:http|outbox)_[a-z_]+)`", PAGE))
    assert named
    answer = person.client.get(f"{stack.layout.url('score_service')}/metrics")
    assert {name for name in named if name not in answer.text} == set()


def test_make_admin_promotes_an_account_that_signs_in_anew(stack: Stack) -> None:
    person = stack.new_person()
    assert person.client.get("/admin/summary").status_code == 403
    done = stack.command("admin", person.email)
    assert done.returncode == 0, done.stderr
    renewed = person.ok("POST", "/auth/refresh", {"refresh_token": person.session["refresh_token"]})
    person.client.headers["Authorization"] = f"Bearer {renewed['access_token']}"
    assert person.ok("GET", "/admin/summary")["admin_users"] >= 1

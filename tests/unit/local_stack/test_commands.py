"""What a person at the terminal reads: one sentence and no traceback."""

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import chain, repeat
from pathlib import Path

import httpx
import pytest

from local_stack import backup, commands, demo, logs, stack
from local_stack.errors import StackError
from local_stack.layout import ROOT, Layout
from local_stack.processes import command_line, end
from tests.support.ports import free_offset


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path / "stack"))
    monkeypatch.delenv("PORT_OFFSET", raising=False)
    return tmp_path / "stack"


def test_a_bad_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PORT_OFFSET", "many")
    assert commands.main(["status"]) == 1
    assert capsys.readouterr().err == "PORT_OFFSET must be a whole number from 0 to 50103, and is 'many'.\n"


def test_a_stack_that_does_not_run_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["status"]) == 1
    assert capsys.readouterr().err == "The stack is not running; make up starts it.\n"
    assert commands.main(["down"]) == 0
    assert commands.main(["restart"]) == 1
    assert capsys.readouterr().err == "The stack is not running; make up starts it.\n"


def test_only_a_service_can_be_restarted(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        commands.main(["restart", "gateway"])
    assert "invalid choice: 'gateway'" in capsys.readouterr().err


def test_a_full_disk_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(_: Layout) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/keys")

    monkeypatch.setattr(stack, "down", full)
    assert commands.main(["down"]) == 1
    assert capsys.readouterr().err == "The disk is full: /somewhere/keys. Free some space and try again.\n"


def test_a_place_that_is_closed_to_this_user_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def closed(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/somewhere/else")

    monkeypatch.setattr(backup, "make", closed)
    assert commands.main(["backup", "--to", "/somewhere/else"]) == 1
    told = "/somewhere/else is closed to this user: name another place, or have its owner open it.\n"
    assert capsys.readouterr().err == told


def test_what_was_not_named_is_asked_for_by_the_word_make_takes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(["admin", ""]) == 1
    assert capsys.readouterr().err == "Name the account: make admin EMAIL=you@example.com\n"
    monkeypatch.setattr(commands, "BACKUPS", folder / "backups")
    assert commands.main(["restore", ""]) == 1
    assert capsys.readouterr().err == "Name the backup: make restore FROM=...; there is none in backups/.\n"
    for name in ("20261126T010009Z", "20261127T010009Z"):
        (folder / "backups" / name).mkdir(parents=True)
        (folder / "backups" / name / "sums.json").touch()
    assert commands.main(["restore", ""]) == 1
    assert capsys.readouterr().err == (
        "Name the backup: make restore FROM=...; in backups/ are 20261126T010009Z, 20261127T010009Z.\n"
    )


def test_another_system_error_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Layout) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(stack, "down", broken)
    with pytest.raises(PermissionError):
        commands.main(["down"])


@pytest.mark.slow
def test_whoever_has_read_enough_of_the_logs_may_close_them(folder: Path) -> None:
    (folder / "logs").mkdir(parents=True)
    log = folder / "logs" / "user_service.log"
    log.write_text("first\n")
    command = [sys.executable, "-m", "local_stack", "logs"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        assert reading.stdout.readline() == b"user_service     | first\n"
        reading.stdout.close()
        with log.open("a") as file:
            file.write("second\n")
        assert reading.stderr.read() == b""
        assert reading.wait() == 0


def test_a_taken_port_is_named_with_the_setting_that_moves_it(folder: Path) -> None:
    layout = Layout(folder, free_offset())
    port = layout.port("user_service")
    with socket.create_server(("127.0.0.1", port)), pytest.raises(StackError) as refusal:
        stack.refuse_taken_ports(layout)
    text = str(refusal.value)
    assert f"Port {port} (user_service) is taken by another program" in text
    assert "PORT_OFFSET=" in text


def test_a_process_with_a_reused_id_is_left_alone() -> None:
    before = command_line(os.getpid())
    end(os.getpid(), "another program's command", signal.SIGKILL, 0)
    assert command_line(os.getpid()) == before


def test_logs_are_followed_through_rotation(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\ntwo\nthr")
    with closing(logs.Log(path)) as log:
        assert log.new_lines() == ["one", "two"]
        with path.open("a") as file:
            file.write("ee\nfour\n")
        path.rename(tmp_path / "a.log.1")
        path.write_text("five\n")
        assert log.new_lines() == ["three", "four", "five"]
        assert log.new_lines() == []


def test_all_logs_are_followed_at_once_from_their_last_lines(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("".join(f"{number}\n" for number in range(100)))
    (tmp_path / "b.log").write_text("x\n")
    with closing(logs.follow(tmp_path)) as lines:
        shown = [next(lines) for _ in range(logs.FIRST_LINES + 1)]
        assert [shown[0], shown[-1]] == ["a                | 80", "b                | x"]
        with (tmp_path / "a.log").open("a") as file:
            file.write("new\n")
        assert next(lines) == "a                | new"


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Callable[[int], demo.Walk]]:
    """A walk through a system that asks to come again so often before it serves anybody."""
    with ExitStack() as clients:

        def through(busy: int) -> demo.Walk:
            answers = chain(
                repeat(httpx.Response(503, headers={"Retry-After": "0"}), busy), repeat(httpx.Response(200))
            )
            client = httpx.Client(base_url="http://gateway", transport=httpx.MockTransport(lambda _: next(answers)))
            return demo.Walk(clients.enter_context(client), demo.Account(tmp_path, demo.EMAIL, "pw", walked=False))

        yield through


def test_the_demo_person_comes_again_when_asked_to(walk: Callable[[int], demo.Walk]) -> None:
    assert walk(3).call("calculate", "POST", "/scores/me/calculate").status_code == 200


def test_the_walk_stops_at_what_stays_away(walk: Callable[[int], demo.Walk], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "COME_AGAIN_LIMIT_S", 0)
    with pytest.raises(StackError, match=r"stopped at 'calculate': POST /scores/me/calculate → 503"):
        walk(3).call("calculate", "POST", "/scores/me/calculate")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ({"question_type": "number", "fact": "income", "min": 0, "max": None}, 4_200),
        ({"question_type": "number", "fact": "income", "min": 0, "max": 3_000}, 3_000),
        ({"question_type": "number", "fact": None, "min": 2, "max": 9}, 2),
        ({"question_type": "text"}, "Nothing to add"),
        (
            {
                "question_type": "single_choice",
                "options": [{"value": "often", "facts": {"late30": 2}}, {"value": "never", "facts": {"late30": 0}}],
            },
            "never",
        ),
        ({"question_type": "multiple_choice", "options": [{"value": "a"}, {"value": "b"}]}, ["a"]),
    ],
)
def test_the_demo_person_answers_plausibly(question: dict[str, object], answer: object) -> None:
    assert demo.answer_to(question) == answer

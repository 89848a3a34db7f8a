"""The stack's mailbox keeps what is sent to it, as files."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTP

import pytest
from aiosmtpd.smtp import Envelope

from local_stack import mailbox
from local_stack.readiness import mailbox_check
from tests.support.ports import free_port
from tests.support.services import ROOT
from tests.support.waiting import PATIENCE_S, eventually


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    taken = free_port()
    command = [sys.executable, "-m", "local_stack.mailbox", str(tmp_path), str(taken)]
    process = subprocess.Popen(command, cwd=ROOT)
    eventually(mailbox_check(taken), "the mailbox answers")
    yield taken
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE_S)


def a_mail(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "no-reply@example.com", "an@example.com", subject
    message.set_content("Mã của bạn là 1234.\n")
    return message


def test_mails_are_shown_decoded_and_newest_last(port: int, tmp_path: Path) -> None:
    with SMTP("127.0.0.1", port) as client:
        for subject in ("Xin chào", "您好"):
            client.send_message(a_mail(subject))
    texts = [mailbox.readable(path) for path in mailbox.mails(tmp_path)]
    assert [text.splitlines()[3] for text in texts] == ["Subject: Xin chào", "Subject: 您好"]
    assert all(text.endswith("\n\nMã của bạn là 1234.") for text in texts)


def test_a_mailbox_that_is_away_is_not_ready() -> None:
    assert not mailbox_check(free_port())()


def test_only_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "KEPT_MAX", 2)
    box = mailbox.Mailbox(tmp_path)
    for subject in ("one", "two", "three"):
        envelope = Envelope()
        envelope.content = a_mail(subject).as_bytes()
        asyncio.run(box.handle_DATA(None, None, envelope))  # type: ignore[arg-type]
    assert [mailbox.read(path)["Subject"] for path in mailbox.mails(tmp_path)] == ["two", "three"]
    assert list(tmp_path.glob("*.part")) == []

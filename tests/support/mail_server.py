"""A mail server at the network's edge that takes mails, refuses them, or is slow, as a test tells it."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, eventually

TAKEN = "250 Taken"


@dataclass(frozen=True)
class Mail:
    """A mail as it arrived: whom the envelope names, and what is in it."""

    sender: str
    to: str
    message: EmailMessage

    @property
    def text(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n")


class MailServer:
    """`on_recipient` and `on_data` give the server's replies by address; `mails` are those that were taken."""

    def __init__(self, **options: Any) -> None:
        self.mails: list[Mail] = []
        self.on_recipient: Callable[[str], str] = lambda _address: TAKEN
        self.on_data: Callable[[str], str] = lambda _address: TAKEN
        self.delay_s = 0.0
        self._controller = Controller(
            self, "127.0.0.1", free_port(), server_hostname="localhost", ready_timeout=PATIENCE_S, **options
        )
        self._controller.start()
        self.port = self._controller.port
        self.url = f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks this name up, and the next
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.on_recipient(address)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.delay_s)
        to = envelope.rcpt_tos[0]
        reply = self.on_data(to)
        if reply == TAKEN:
            assert isinstance(envelope.content, bytes)
            message = BytesParser(policy=default).parsebytes(envelope.content)
            assert isinstance(message, EmailMessage)
            self.mails.append(Mail(str(envelope.mail_from), to, message))
        return reply

    def mails_to(self, address: str) -> list[Mail]:
        return [mail for mail in self.mails if mail.to == address]

    def wait_for(self, address: str, count: int = 1) -> list[Mail]:
        """The mails to an address as soon as there are so many."""
        eventually(lambda: len(self.mails_to(address)) >= count, f"{count} mails to {address}")
        return self.mails_to(address)

    def close(self) -> None:
        self._controller.stop()


def with_tls(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    """One for the services of a worker; each test looks at the mails to addresses of its own."""
    server = MailServer()
    yield server
    server.close()

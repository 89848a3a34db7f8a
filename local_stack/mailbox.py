"""The stack's mailbox: an SMTP server that lays every mail down as a file, `python -m local_stack.mailbox FOLDER PORT`.

Nothing is sent on, so whoever the mails are for, they stay on this machine.
"""

import asyncio
import sys
import time
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT_MAX = 1_000
MAIL_BYTES_MAX = 1_000_000
SHOWN_HEADERS = ("Date", "From", "To", "Subject")


class Mailbox:
    """aiosmtpd's handler: it calls `handle_DATA` with each mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        path = self._folder / f"{time.time_ns()}.eml"
        partial = path.with_suffix(".part")
        partial.write_bytes(envelope.content)
        partial.rename(path)
        for old in mails(self._folder)[:-KEPT_MAX]:
            old.unlink(missing_ok=True)
        return "250 The mail is in the mailbox"


def mails(folder: Path) -> list[Path]:
    """The mails of a mailbox, newest last."""
    return sorted(folder.glob("*.eml"))


def read(path: Path) -> EmailMessage:
    message = BytesParser(policy=default).parsebytes(path.read_bytes())
    assert isinstance(message, EmailMessage)
    return message


def readable(path: Path) -> str:
    message = read(path)
    body = message.get_body(("plain",))
    headers = [f"{name}: {message[name]}" for name in SHOWN_HEADERS]
    return "\n".join([*headers, "", body.get_content().strip() if body else ""])


async def serve(folder: Path, port: int) -> None:
    def connection() -> SMTP:
        mailbox = Mailbox(folder)
        return SMTP(
            mailbox, hostname="localhost", ident="mailbox", enable_SMTPUTF8=True, data_size_limit=MAIL_BYTES_MAX
        )

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))

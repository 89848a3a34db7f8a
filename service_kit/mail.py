"""One text mail over SMTP, in bounded time (ADR 0015)."""

import asyncio
from contextlib import closing, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Self
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
from pydantic import NameEmail, SecretStr, model_validator

from service_kit.schemas import utc_now
from service_kit.settings import ServiceSettings

# In all, from connecting to the server's last word.
SEND_LIMIT_S = 10.0
# For the relay whose events are mails (outbox.py).
MAIL_LEASE_S = 12.0
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class MailRefusedError(Exception):
    """The server will not take this mail however often it is sent."""


class MailSettings(ServiceSettings):
    """The settings of a service that sends mails."""

    smtp_url: SecretStr
    mail_from: NameEmail

    @model_validator(mode="after")
    def check_smtp_url(self) -> Self:
        server = urlsplit(self.smtp_url.get_secret_value())
        if server.scheme not in PORTS or not server.hostname:
            raise ValueError(f"SMTP_URL must begin with {', '.join(f'{each}://' for each in PORTS)} and name a host")
        if server.scheme == "smtp" and server.password:
            raise ValueError("SMTP_URL would send its password in the clear: use smtp+starttls:// or smtps://")
        return self


class Mailer:
    """Sends mails by the server of `SMTP_URL`, each over a connection of its own."""

    def __init__(self, settings: MailSettings) -> None:
        self._sender = Address(settings.mail_from.name, addr_spec=settings.mail_from.email)
        # The library's own guess at our name would ask a name server.
        self._connection = {**_connection(settings.smtp_url.get_secret_value()), "local_hostname": self._sender.domain}

    async def send(self, to: str, subject: str, text: str, *, mail_id: UUID) -> None:
        """Return when the server has taken the mail, of which every attempt has the same `mail_id`.

        Raises MailRefusedError where another attempt is no use, and SMTPException, OSError or TimeoutError where it is.
        """
        message = self._message(to, subject, text, mail_id)
        try:
            # Closed here: `aiosmtplib.send` would say goodbye to a server that is slow, and wait for the reply to that.
            with closing(aiosmtplib.SMTP(**self._connection)) as server:
                async with asyncio.timeout(SEND_LIMIT_S):
                    await server.connect()
                    await server.send_message(message, sender=self._sender.addr_spec, recipients=[to])
                    with suppress(aiosmtplib.SMTPException):  # the mail is taken, however the server parts
                        await server.quit()
        except aiosmtplib.SMTPException as error:
            if _is_final(error, to):
                raise MailRefusedError from error
            raise

    def _message(self, to: str, subject: str, text: str, mail_id: UUID) -> EmailMessage:
        # The policy encodes what is not ASCII and refuses a line break in a header, which would begin another header.
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        # Taken apart here, since the parser of `addr_spec` knows no letters but ASCII's before the @.
        username, _, domain = to.rpartition("@")
        message["To"] = Address(username=username, domain=domain)
        message["Subject"] = subject
        message["Date"] = utc_now()
        message["Message-ID"] = f"<{mail_id}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"  # so that no out-of-office note comes back (RFC 3834)
        message.set_content(text)
        return message


def _connection(url: str) -> dict[str, Any]:
    server = urlsplit(url)
    return {
        "hostname": server.hostname,
        "port": server.port or PORTS[server.scheme],
        "username": unquote(server.username) if server.username else None,
        "password": unquote(server.password) if server.password else None,
        "use_tls": server.scheme == "smtps",
        "start_tls": server.scheme == "smtp+starttls",
    }


def _is_final(error: aiosmtplib.SMTPException, to: str) -> bool:
    """Whether it is about this mail and for good: its recipient or its content, not our server or sender."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(each.code >= 500 for each in error.recipients)
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return not to.isascii()
    return isinstance(error, aiosmtplib.SMTPDataError) and error.code >= 500

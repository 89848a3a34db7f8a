"""Mails, against a real SMTP server."""

import asyncio
import ipaddress
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import aiosmtplib
import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import Field, SecretStr, ValidationError

from service_kit import mail
from service_kit.mail import Mailer, MailRefusedError, MailSettings
from tests.support.mail_server import MailServer, with_tls
from tests.support.waiting import PATIENCE_S

MAIL_ID = UUID("01a21486-5bb3-7031-93d8-e83d6c435163")
TO = "an@example.com"


class Settings(MailSettings):
    service: ClassVar[str] = "some_service"
    database_url: SecretStr = Field(validation_alias="SOME_DATABASE_URL")


def settings(smtp_url: str, **more: Any) -> Settings:
    given = {"SOME_DATABASE_URL": "postgresql://nobody@127.0.0.1/none", "mail_from": "Điểm <no-reply@example.org>"}
    return Settings(**{**given, "smtp_url": smtp_url, **more})


def send(url: str, to: str = TO, subject: str = "Hello", text: str = "It works.\n") -> None:
    async def attempt() -> None:
        try:
            await Mailer(settings(url)).send(to, subject, text, mail_id=MAIL_ID)
        finally:
            await asyncio.sleep(0.01)  # the loop's turn to close what a failed handshake leaves

    asyncio.run(attempt())


@pytest.fixture
def server() -> Iterator[MailServer]:
    running = MailServer()
    yield running
    running.close()


def test_a_mail_arrives_with_its_words_and_the_headers_of_an_automatic_one(server: MailServer) -> None:
    send(server.url, subject="Đặt lại mật khẩu 重置密码", text="Mã của bạn: 1234\n您的代码\n")
    [arrived] = server.mails
    message = arrived.message
    assert (arrived.sender, arrived.to) == ("no-reply@example.org", TO)
    assert (str(message["From"]), str(message["To"])) == ("Điểm <no-reply@example.org>", TO)
    assert str(message["Subject"]) == "Đặt lại mật khẩu 重置密码"
    assert arrived.text == "Mã của bạn: 1234\n您的代码\n"
    assert message["Message-ID"] == f"<{MAIL_ID}@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_charset() == "utf-8"
    assert abs(parsedate_to_datetime(message["Date"]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_every_attempt_at_one_mail_has_one_message_id(server: MailServer) -> None:
    send(server.url)
    send(server.url)
    assert len({arrived.message["Message-ID"] for arrived in server.mails}) == 1


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
def test_a_line_break_cannot_begin_a_header_of_its_own(server: MailServer, ending: str) -> None:
    injected = f"Hello{ending}Bcc: somebody@example.com"
    with pytest.raises(ValueError, match=r"[Hh]eader"):
        send(server.url, subject=injected)
    with pytest.raises(ValueError, match=r"(?i)invalid|address|header"):
        send(server.url, to=f"an@example.com{ending}Bcc: somebody@example.com")
    assert server.mails == []


def test_a_dot_alone_on_a_line_does_not_end_the_mail(server: MailServer) -> None:
    send(server.url, text="before\n.\nafter\n")
    assert server.mails[0].text == "before\n.\nafter\n"


def test_an_address_of_other_letters_is_written_to(server: MailServer) -> None:
    send(server.url, to="nguyễn@example.com")
    assert server.mails[0].to == "nguyễn@example.com"


@pytest.mark.parametrize("reply", ["550 No such mailbox", "553 Not allowed"])
def test_a_recipient_refused_for_good_is_said_so(server: MailServer, reply: str) -> None:
    server.on_recipient = lambda _address: reply
    with pytest.raises(MailRefusedError):
        send(server.url)
    server.on_recipient = lambda _address: "250 Taken"
    server.on_data = lambda _address: reply
    with pytest.raises(MailRefusedError):
        send(server.url)


def test_a_refusal_for_now_is_no_refusal_for_good(server: MailServer) -> None:
    server.on_recipient = lambda _address: "451 Come back later"
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        send(server.url)
    server.on_recipient = lambda _address: "250 Taken"
    server.on_data = lambda _address: "452 The disk is full"
    with pytest.raises(aiosmtplib.SMTPDataError):
        send(server.url)
    assert server.mails == []


def test_a_server_that_is_away_or_slow_costs_no_more_than_the_limit(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(aiosmtplib.SMTPConnectError):
        send("smtp://127.0.0.1:9")
    monkeypatch.setattr(mail, "SEND_LIMIT_S", 0.3)
    server.delay_s = PATIENCE_S
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        send(server.url)
    # Whoever sends holds the event for so long and no longer; another relay would send the mail a second time.
    assert time.monotonic() - started < server.delay_s / 2


def certificate(folder: Path) -> tuple[str, str]:
    """A certificate of 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail server of a test")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    (folder / "cert.pem").write_bytes(built.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(folder / "cert.pem"), str(folder / "key.pem")


def only_an(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword) -> AuthResult:
    return AuthResult(success=given.login == b"an" and given.password == b"p@ss:word", handled=False)


def test_a_password_travels_behind_starttls_and_only_to_whom_the_certificate_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, key = certificate(tmp_path)
    server = MailServer(
        tls_context=with_tls(trusted, key), require_starttls=True, auth_required=True, authenticator=only_an
    )
    try:
        url = f"smtp+starttls://an:p%40ss%3Aword@127.0.0.1:{server.port}"
        with pytest.raises(ssl.SSLCertVerificationError):
            send(url)  # nobody vouches for this certificate yet
        monkeypatch.setenv("SSL_CERT_FILE", trusted)
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            send(url.replace("p%40ss", "wrong"))
        assert server.mails == []
        send(url)
        assert len(server.mails) == 1
    finally:
        server.close()


def test_starttls_is_not_given_up_where_the_server_offers_none(server: MailServer) -> None:
    with pytest.raises(aiosmtplib.SMTPException):
        send(server.url.replace("smtp:", "smtp+starttls:"))
    assert server.mails == []


def test_tls_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted, key = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", trusted)
    server = MailServer(ssl_context=with_tls(trusted, key))
    try:
        send(server.url.replace("smtp:", "smtps:"))
        assert len(server.mails) == 1
    finally:
        server.close()


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:25", "http://mail.example.com", "smtp://", "smtp://an:secret-word@mail.example.com"]
)
def test_an_address_that_is_none_or_would_show_its_password_stops_the_start(url: str) -> None:
    with pytest.raises(ValidationError, match="SMTP_URL") as refused:
        settings(url)
    assert "secret-word" not in str(refused.value)


@pytest.mark.parametrize("sender", ["nobody", "a\nb <no-reply@example.com>", ""])
def test_a_sender_that_is_no_address_stops_the_start(sender: str) -> None:
    with pytest.raises(ValidationError):
        settings("smtp://localhost", mail_from=sender)


def test_without_a_mail_server_nothing_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    with pytest.raises(ValidationError, match="smtp_url"):
        Settings(SOME_DATABASE_URL="postgresql://nobody@127.0.0.1/none", mail_from="no-reply@example.com")


def test_the_password_does_not_show_in_the_settings_text() -> None:
    assert "7f3a" not in repr(settings("smtps://an:7f3a@mail.example.com"))

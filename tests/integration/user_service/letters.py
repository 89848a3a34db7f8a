"""Reading the mails of the user service, as their receiver does."""

import re
from dataclasses import dataclass

from tests.integration.user_service.visitor import Visitor
from tests.support.mail_server import Mail

TOKEN = re.compile(r"https://app\.example\.com/[a-z-]+#token=([A-Za-z0-9_-]+)")
DIGITS = re.compile(r"\b(\d{8})\b")


@dataclass(frozen=True)
class CodeMail:
    token: str
    short_code: str


def code_in(mail: Mail) -> CodeMail:
    token, digits = TOKEN.search(mail.text), DIGITS.search(mail.text)
    assert token is not None, mail.text
    return CodeMail(token[1], digits[1] if digits else "")


def noted(visitor: Visitor) -> list[str]:
    """The kinds of the mails that the service has noted for somebody, sent or not, oldest first."""
    rows = visitor.service.sql("SELECT kind FROM mails WHERE payload->>'user_id' = %s ORDER BY id", visitor.user_id)
    return [row[0] for row in rows]


def subject_of(mail: Mail) -> str:
    return str(mail.message["Subject"])

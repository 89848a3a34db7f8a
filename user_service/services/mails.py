"""Writing and sending the mails that wait in `mails`, each for an account as it is by then."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from service_kit.database import Database
from service_kit.languages import read_texts
from service_kit.mail import Mailer, MailRefusedError
from service_kit.schemas import utc_now
from user_service.core.keys import Keys, token_hash
from user_service.crud import codes as codes_crud
from user_service.crud import users as users_crud
from user_service.domain.mails import CODE_LIFE, ENGLISH_CODES, ENGLISH_NOTICES, NOTICE_LIFE, Code, Notice, Text

TEXTS = read_texts("user_service")
# The pages of the web app; what stands behind the # stays in the browser and reaches no server's log.
PAGES = {Code.RECOVERY: "/reset-password#token={}", Code.VERIFICATION: "/verify-email#token={}"}
FORGOT_PAGE = "/forgot-password"

log = structlog.get_logger()


class Post:
    """What `Relay` delivers mails by."""

    def __init__(self, database: Database, mailer: Mailer, keys: Keys, app_url: str) -> None:
        self._database, self._mailer, self._keys, self._app_url = database, mailer, keys, app_url.rstrip("/")

    async def deliver(self, event: Any) -> None:
        """Send a mail, unless it comes too late or its account is gone; raise when it must be tried again."""
        user = await users_crud.find_user(self._database.reader, UUID(event.payload["user_id"]))
        if user is None or user.disabled:
            return
        if event.kind in ENGLISH_CODES:
            await self._deliver_code(event, Code(event.kind), user)
        elif utc_now() < event.created_at + NOTICE_LIFE:
            time = datetime.fromisoformat(event.payload["happened_at"])
            values = {"time": f"{time:%Y-%m-%d %H:%M} UTC", "link": self._app_url + FORGOT_PAGE}
            await self._send(event, user, ENGLISH_NOTICES[Notice(event.kind)], values)

    async def _deliver_code(self, event: Any, purpose: Code, user: Any) -> None:
        expires_at = event.created_at + CODE_LIFE
        if utc_now() >= expires_at or (purpose is Code.VERIFICATION and user.email_verified):
            return
        token = self._keys.code_token(event.event_id)
        code = {"id": event.event_id, "user_id": user.id, "purpose": purpose, "email": user.email}
        values = {**code, "token_hash": token_hash(token), "expires_at": expires_at}
        await codes_crud.create_code_once(self._database.reader, values)
        link, short_code = PAGES[purpose].format(token), self._keys.short_code(event.event_id)
        await self._send(event, user, ENGLISH_CODES[purpose], {"link": self._app_url + link, "short_code": short_code})

    async def _send(self, event: Any, user: Any, english: Text, values: Mapping[str, str]) -> None:
        texts, to = TEXTS[user.language], event.payload.get("to") or user.email
        subject, body = texts.say(english.subject), texts.say(english.body, values)
        try:
            await self._mailer.send(to, subject, body, mail_id=event.event_id)
        except MailRefusedError:
            log.warning("mail_refused", event_id=str(event.event_id), kind=event.kind)

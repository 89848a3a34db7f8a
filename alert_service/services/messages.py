"""What leaves this service: the text of a mail, and the signed body of a webhook's call, in the person's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from standardwebhooks import Webhook as Signer

from alert_service.domain.texts import ENGLISH_MAIL
from alert_service.services.alerts import TEXTS, alert_out
from service_kit.languages import Language

ALERT_CREATED = "alert.created"
MOST_IN_MAIL = 30


def mail_of(alerts: Sequence[Any], language: Language) -> tuple[str, str]:
    """Subject and text of one mail about alerts, given oldest first; the newest stands first, and in the subject."""
    told = [alert_out(row, language) for row in reversed(alerts)]
    texts = TEXTS[language]
    title, others = told[0].title, len(told) - 1
    subject = texts.say(ENGLISH_MAIL["subject"], {"title": title, "others": others}) if others else title
    paragraphs = [f"{alert.title}\n{alert.message}" for alert in told[:MOST_IN_MAIL]]
    if len(told) > MOST_IN_MAIL:
        paragraphs.append(texts.say(ENGLISH_MAIL["rest"], {"rest": len(told) - MOST_IN_MAIL}))
    return subject, "\n\n".join([*paragraphs, texts.say(ENGLISH_MAIL["footer"])]) + "\n"


def call_of(
    alert: Any, language: Language, secret: str, delivery_id: UUID, now: datetime
) -> tuple[bytes, Mapping[str, str]]:
    """Body and headers of a call by Standard Webhooks: the id is the delivery's, in every attempt the same."""
    told = alert_out(alert, language)
    content = {"type": ALERT_CREATED, "timestamp": told.created_at, "data": told.model_dump(mode="json")}
    body, message_id = orjson.dumps(content, option=orjson.OPT_UTC_Z), f"msg_{delivery_id.hex}"
    headers = {
        "content-type": "application/json",
        "user-agent": "credit-score-alerts",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(secret).sign(message_id, now, body.decode()),
    }
    return body, headers

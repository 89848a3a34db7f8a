"""How alerts are read: the rows as stored, put into words of the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from babel.lists import format_list

from alert_service.crud import alerts as alerts_crud
from alert_service.domain.kinds import TRAITS, Kind, kinds_of
from alert_service.domain.texts import ENGLISH, ENGLISH_BANDS, ENGLISH_WHY, Text
from alert_service.schemas.alerts import AlertOut, AlertQuery
from service_kit.database import Reads
from service_kit.languages import Language, read_texts
from service_kit.pagination import decode_cursor, page_of

TEXTS = read_texts("alert_service")
REASONS_NAMED = 2

Reason = dict[str, Any] | str


async def list_alerts(
    db: Reads, user_id: UUID, query: AlertQuery, language: Language
) -> tuple[list[AlertOut], str | None]:
    """A page of a person's alerts, newest first, and the cursor of the next one."""
    place = decode_cursor(query.cursor, int)
    rows = await alerts_crud.list_alerts(
        db,
        user_id,
        kinds_of(query.type, query.severity),
        unread_only=query.unread,
        before=place[0] if place else None,
        at_most=query.limit + 1,
    )
    page, following = page_of(rows, query.limit, lambda row: [row.id])
    return [alert_out(row, language) for row in page], following


async def list_alerts_of_event(db: Reads, event_id: UUID, language: Language) -> list[AlertOut]:
    return [alert_out(row, language) for row in await alerts_crud.list_alerts_of_event(db, event_id)]


def text_of(kind: Kind, values: Mapping[str, object], language: Language) -> Text:
    """The text of an alert, from the values stored with it.

    `text_of(Kind.BIG_RISE, {"points": 25, "previous_score": 600, "score": 625, "band": "fair"}, "en").title` is
    "Your score rose by 25 points".
    """
    texts, english = TEXTS[language], ENGLISH[kind]
    spoken = {**values, "band": texts.say(ENGLISH_BANDS[str(values["band"])])} if "band" in values else values
    return Text(texts.say(english.title, spoken), texts.say(english.message, spoken))


def why(values: Mapping[str, Any], reasons: Sequence[Reason], language: Language) -> str:
    """The sentence that says why, or nothing where nothing is known.

    With utilisation up by 21 points and lines down by 4: "What moved it most: Credit utilisation (+21) and Open loans
    and cards (-4)."
    """
    moved = [_reason_in(move, language) for move in values.get("moves", [])]
    costly = [
        reason["text"] for reason in reasons_in(reasons, language) if isinstance(reason, dict) and "text" in reason
    ]
    say = TEXTS[language].say
    if moved:
        named = [f"{move['text']} ({move['points']:+d})" for move in moved]
        return say(ENGLISH_WHY["moves"], {"factors": format_list(named, locale=language)})
    if costly:
        return say(ENGLISH_WHY["reasons"], {"reasons": format_list(costly[:REASONS_NAMED], locale=language)})
    return ""


def reasons_in(reasons: Sequence[Reason], language: Language) -> list[Reason]:
    return [reason if isinstance(reason, str) else _reason_in(reason, language) for reason in reasons]


def _reason_in(reason: dict[str, Any], language: Language) -> dict[str, Any]:
    """Reasons are the sender's: `text` is their English, and `text_vi` and so on are the same in other languages."""
    plain = {name: value for name, value in reason.items() if not name.startswith("text_")}
    translated = reason.get(f"text_{language}")
    return plain if translated is None else {**plain, "text": translated}


def alert_out(row: Any, language: Language) -> AlertOut:
    kind = Kind(row.kind)
    type_, severity = TRAITS[kind]
    text = text_of(kind, {"score": row.score, "previous_score": row.previous_score, **row.values}, language)
    because = why(row.values, row.reasons, language)
    is_read = row.read_at is not None
    return AlertOut(
        id=row.id,
        user_id=row.user_id,
        type=type_,
        kind=kind,
        title=text.title,
        message=f"{text.message} {because}".rstrip(),
        severity=severity,
        created_at=row.created_at,
        timestamp=row.created_at,
        is_read=is_read,
        read=is_read,
        score=row.score,
        previous_score=row.previous_score,
        reasons=reasons_in(row.reasons, language),
        dedupe_key=row.dedupe_key,
    )

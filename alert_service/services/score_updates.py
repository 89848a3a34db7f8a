"""What happens when the score service says that a score was calculated."""

from datetime import datetime
from typing import Any
from uuid import UUID

from alert_service.crud import goals as goals_crud
from alert_service.crud import milestones as milestones_crud
from alert_service.crud import score_updates as score_updates_crud
from alert_service.domain.milestones import Announcement, NewScore, State, decide
from alert_service.domain.moves import moves
from alert_service.schemas.alerts import AlertOut
from alert_service.schemas.score_updates import ScoreUpdateIn
from alert_service.services import alerts as alerts_service
from alert_service.services.deliveries import announce
from service_kit.database import Reads, Transaction
from service_kit.languages import Language
from service_kit.pagination import Page, decode_cursor, page_of


async def receive_score_update(
    db: Transaction, update: ScoreUpdateIn, language: Language, now: datetime
) -> list[AlertOut]:
    """Take an update once, make its alerts, and answer them; a repeated event is answered with the same ones.

    Updates of one person are decided upon one at a time and in the order of their versions: one that comes after a
    newer one is kept in the list of updates, but it neither changes what is known of the person nor makes alerts.
    """
    if await score_updates_crud.create_score_update_once(db, update.model_dump()):
        await _decide(db, update, now)
    return await alerts_service.list_alerts_of_event(db, update.event_id, language)


async def list_score_updates(db: Reads, user_id: UUID, limit: int, cursor: str | None, language: Language) -> Page[Any]:
    place = decode_cursor(cursor, int)
    rows = await score_updates_crud.list_score_updates(db, user_id, place[0] if place else None, limit + 1)
    items, following = page_of(rows, limit, lambda row: [row.id])
    said = [{**row._mapping, "reasons": alerts_service.reasons_in(row.reasons, language)} for row in items]
    return Page(items=said, next=following)


async def _decide(db: Transaction, update: ScoreUpdateIn, now: datetime) -> None:
    state = await milestones_crud.get_state_for_update(db, update.user_id)
    decision = decide(state, NewScore(update.score_version, update.new_score))
    if decision.state != state:
        await milestones_crud.update_state(db, update.user_id, decision.state)
        await milestones_crud.renew_score(db, update.user_id, update.calculated_at)
    if decision.reached:
        await milestones_crud.create_milestones(
            db, update.user_id, decision.reached, update.new_score, update.calculated_at
        )
    if decision.state.goal < state.goal:
        await goals_crud.mark_goal_reached(db, update.user_id, update.calculated_at)
    if decision.announcements:
        moved = await _moves(db, update, state)
        alerts = [_alert(each, update, state, moved) for each in decision.announcements]
        await announce(db, alerts, now)


async def _moves(db: Transaction, update: ScoreUpdateIn, known: State) -> list[dict[str, Any]]:
    """The factors that moved since the score known before, with their names in every language."""
    factors = await score_updates_crud.find_factors(db, update.user_id, known.score_version, update.model_version)
    named = {factor.feature: factor.model_dump() for factor in update.factors}
    points = {feature: factor["points"] for feature, factor in named.items()}
    before = {factor["feature"]: factor["points"] for factor in factors}
    return [{**named[move.feature], "points": move.points} for move in moves(before, points)]


def _alert(
    announcement: Announcement, update: ScoreUpdateIn, known: State, moved: list[dict[str, Any]]
) -> dict[str, Any]:
    previous_score = known.score if known.has_score else None
    points = None if previous_score is None else abs(update.new_score - previous_score)
    return {
        "user_id": update.user_id,
        "event_id": update.event_id,
        "dedupe_key": f"{announcement.kind}:{update.event_id}",
        "kind": announcement.kind,
        "score": update.new_score,
        "previous_score": previous_score,
        "values": {"band": update.band, "threshold": announcement.threshold, "points": points, "moves": moved},
        "reasons": update.reasons,
    }

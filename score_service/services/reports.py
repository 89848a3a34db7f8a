"""A score as a document to keep or to print: made in a thread, a few at a time, the same bytes for the same score."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from score_service.crud import history as history_crud
from score_service.crud import scores as scores_crud
from score_service.domain.bands import BAND_FLOORS
from score_service.domain.evaluation import evaluate
from score_service.domain.plan import Plan, plan
from score_service.services.rendering import factors_page, score_on_the_wire, text_in
from score_service.services.scorecards import Scorecards, scorecard_of
from service_kit.database import Reader
from service_kit.languages import Language, read_texts
from service_kit.problems import Unavailable

# The last score of each of so many days.
HISTORY_MAX = 60
WAIT_S = 10
_TEXTS = read_texts("score_service")
# Drawing is Python's own work, a tenth of a second of it; more at once would only slow down everybody else.
_AT_ONCE = asyncio.Semaphore(2)


async def get_report(db: Reader, scorecards: Scorecards, user_id: UUID, language: Language) -> bytes:
    current = await scores_crud.get_current_score(db, user_id)
    until = current.calculated_at + timedelta(microseconds=1)  # not what was calculated since
    rows = await history_crud.list_scores(db, user_id, since=None, before=until, granularity="day", rows=HISTORY_MAX)
    history = [(row.calculated_at, row.score) for row in reversed(rows)]
    try:
        async with asyncio.timeout(WAIT_S):
            await _AT_ONCE.acquire()
    except TimeoutError as error:
        raise Unavailable(retry_after_s=5) from error
    try:
        return await asyncio.to_thread(_draw, current, history, _plan(scorecards, current), language)
    finally:
        _AT_ONCE.release()


def _plan(scorecards: Scorecards, current: Any) -> Plan | None:
    """The way to the next band, by the scorecard that gave the score."""
    target = next((floor for floor in BAND_FLOORS.values() if floor > current.score), None)
    if target is None:
        return None
    scorecard = scorecard_of(scorecards, current)
    return plan(scorecard, current.inputs, evaluate(scorecard, current.inputs), target)


def _draw(current: Any, history: list[tuple[datetime, int]], way: Plan | None, language: Language) -> bytes:
    # What draws takes 60 MB; a service that nobody asks for a report does without.
    from score_service.services.report_drawing import Drawing, Story  # noqa: PLC0415

    score, page = score_on_the_wire(current, text_in(language)), factors_page(current, text_in(language))
    return Drawing(Story(score, history, page["recommendations"], way), _TEXTS[language]).draw()

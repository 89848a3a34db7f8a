"""How far a person has come: thresholds reached, and the next one."""

from uuid import UUID

from alert_service.crud import milestones as milestones_crud
from alert_service.domain.milestones import BANDS, State, next_threshold
from alert_service.schemas.milestones import MilestonesOut, NextOut, ReachedOut
from service_kit.database import Reads


async def get_milestones(db: Reads, user_id: UUID) -> MilestonesOut:
    state = await milestones_crud.get_state(db, user_id)
    reached = await milestones_crud.list_milestones(db, user_id)
    return MilestonesOut(
        user_id=user_id,
        current_score=state.score if state.has_score else None,
        best_score=state.best if state.has_score else None,
        reached=[
            ReachedOut(threshold=row.threshold, band=BANDS[row.threshold], score=row.score, reached_at=row.reached_at)
            for row in reached
        ],
        next=_next(state),
    )


def _next(state: State) -> NextOut | None:
    threshold = next_threshold(state.score) if state.has_score else None
    if threshold is None:
        return None
    return NextOut(threshold=threshold, band=BANDS[threshold], points_to_go=threshold - state.score)

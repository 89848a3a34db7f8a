"""What happens when the user service says that something happened to an account."""

from alert_service.crud import alerts as alerts_crud
from alert_service.crud import inbox as inbox_crud
from alert_service.crud import milestones as milestones_crud
from alert_service.schemas.security_notices import SecurityNoticeIn
from service_kit.database import Transaction


async def receive_security_notice(db: Transaction, notice: SecurityNoticeIn) -> None:
    """Make an alert of a notice once; a repeated event makes none.

    It is shown and nothing more is planned: the user service mails such notices itself, to addresses not yet confirmed
    too, and they are no business of webhooks.
    """
    if not await inbox_crud.receive_once(db, notice.event_id):
        return
    # The lock of everything that makes alerts for this person, so that streams hear of them in the order of their ids.
    await milestones_crud.get_state_for_update(db, notice.user_id)
    alert = {
        "user_id": notice.user_id,
        "event_id": notice.event_id,
        "dedupe_key": f"{notice.kind}:{notice.event_id}",
        "kind": notice.kind,
        "score": None,
        "previous_score": None,
        "values": {},
        "reasons": [],
        # When it happened, though the news may have waited for this service.
        "created_at": notice.happened_at,
    }
    await alerts_crud.create_alerts(db, [alert])

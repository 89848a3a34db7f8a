"""What happens when the user service says that something happened to an account."""

from alert_service.crud import alerts as alerts_crud
from alert_service.schemas.security_notices import SecurityNoticeIn
from alert_service.services.notices import take_notice
from service_kit.database import Transaction


async def receive_security_notice(db: Transaction, notice: SecurityNoticeIn) -> None:
    """Make an alert of a notice once; a repeated event makes none.

    It is shown and nothing more is planned: the user service mails such notices itself, to addresses not yet confirmed
    too, and they are no business of webhooks.
    """
    alert = await take_notice(db, notice.event_id, notice.user_id, notice.kind, notice.happened_at)
    if alert is not None:
        await alerts_crud.create_alerts(db, [alert])

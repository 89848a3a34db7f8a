"""All tables of this service, so that migrations see them."""

from alert_service.models.alerts import Alert
from alert_service.models.base import Base
from alert_service.models.deliveries import Delivery, deliveries
from alert_service.models.goals import Goal
from alert_service.models.milestones import Milestone, MilestoneState
from alert_service.models.recipients import Recipient
from alert_service.models.score_updates import Inbox, ScoreUpdate
from alert_service.models.tombstones import Tombstone
from alert_service.models.webhooks import Webhook

__all__ = [
    "Alert",
    "Base",
    "Delivery",
    "Goal",
    "Inbox",
    "Milestone",
    "MilestoneState",
    "Recipient",
    "ScoreUpdate",
    "Tombstone",
    "Webhook",
    "deliveries",
]

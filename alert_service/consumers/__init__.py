"""All routes by which other services tell things."""

from alert_service.consumers import dispute_notices, recipients, score_updates, security_notices

CONSUMERS = [each.router for each in (score_updates, recipients, security_notices, dispute_notices)]

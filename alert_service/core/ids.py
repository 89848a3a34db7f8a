"""The `{alert_id}` of a path. Anything that cannot be an alert's number is answered as an alert that is not there."""

from typing import Annotated

from fastapi import Depends, Path

from alert_service.core.problems import AlertNotFound

ALERT_ID_MAX = 2**63 - 1


async def _alert_id(alert_id: Annotated[str, Path(description="The alert's number")]) -> int:
    if not (alert_id.isascii() and alert_id.isdigit() and len(alert_id) <= 19 and int(alert_id) <= ALERT_ID_MAX):
        raise AlertNotFound
    return int(alert_id)


AlertId = Annotated[int, Depends(_alert_id)]

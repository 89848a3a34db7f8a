"""What callers may do here: everyone manages their own account and sessions, administrators manage all accounts.

The other services follow which sessions end.
"""

from typing import Annotated

from fastapi import Depends, Request

from service_kit.auth import Administrator, Person, PersonForCertain, ServiceCaller, bearer_token
from service_kit.problems import Unauthenticated

ReadOwnAccount = Person
ChangeOwnAccount = PersonForCertain
ExportOwnAccount = PersonForCertain
EraseOwnAccount = PersonForCertain
ManageOwnSessions = Person
ManageUsers = Administrator
FollowRevocations = Annotated[
    str, Depends(ServiceCaller("profile_service", "alert_service", "survey_service", "score_service"))
]


async def _bearer(request: Request) -> str | None:
    try:
        return bearer_token(request.headers)
    except Unauthenticated:
        return None


# The token of routes that take one as a thing to look at; it says nothing about who is calling until it is verified.
PresentedToken = Annotated[str | None, Depends(_bearer)]

"""What callers may do here.

Everyone answers the survey for themselves. What answers come to is read by the score service, by its own token; an
administrator may read it too. Administrators also bring in new questions.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request

from service_kit.auth import Administrator, OwnUserId, Person, ServiceCaller, administrator, find_person
from service_kit.problems import NotFound, Unauthenticated, id_of

ReadQuestions = Person
AnswerOwnSurvey = Person
ReadAnswersOf = OwnUserId
ManageCatalogue = Administrator
ReadStatistics = Administrator
DeriveFeatures = Annotated[str, Depends(ServiceCaller("score_service"))]


class _ScoreServiceOrAdministrator(ServiceCaller):
    """The name of the calling service, or None for an administrator."""

    async def __call__(self, request: Request) -> str | None:  # type: ignore[override]
        try:
            return await super().__call__(request)
        except Unauthenticated:
            person = find_person(request)
        if person is None:
            raise Unauthenticated
        await administrator(request, person)
        return None


ReadFeatures = Annotated[str | None, Depends(_ScoreServiceOrAdministrator("score_service"))]


async def _any_user_id(user_id: Annotated[str, Path(description="Anybody's id")]) -> UUID:
    return id_of(user_id, NotFound)


AnyUserId = Annotated[UUID, Depends(_any_user_id)]

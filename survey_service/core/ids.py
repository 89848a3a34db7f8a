"""The numbers of paths. What cannot be the number of a thing is answered as a thing that is not there."""

from typing import Annotated

from fastapi import Depends, Path

from service_kit.problems import NotFound
from survey_service.core.problems import QuestionNotFound, VersionNotFound

# What the columns hold.
QUESTION_ID_MAX, VERSION_MAX = 2**63 - 1, 2**31 - 1


async def _question_id(question_id: Annotated[str, Path(description="The question's number")]) -> int:
    return _number(question_id, QUESTION_ID_MAX, QuestionNotFound)


async def _version(version: Annotated[str, Path(description="The version's number")]) -> int:
    return _number(version, VERSION_MAX, VersionNotFound)


def _number(text: str, most: int, missing: type[NotFound]) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most):
        raise missing
    return int(text)


QuestionId = Annotated[int, Depends(_question_id)]
VersionNumber = Annotated[int, Depends(_version)]

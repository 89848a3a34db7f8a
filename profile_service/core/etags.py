"""`ETag` and `If-Match`: a row's version number, so that two devices do not overwrite each other unseen."""

from typing import Annotated

from fastapi import Depends, Header, Response

from profile_service.core.problems import ChangedMeanwhile


async def _expected_version(
    if_match: Annotated[str | None, Header(max_length=100, description="The `ETag` you read, or `*`")] = None,
) -> int | None:
    if if_match is None or if_match == "*":
        return None
    digits = if_match.removeprefix('"').removesuffix('"')
    # What is no version of ours matches nothing; -1 is no row's version.
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else -1


ExpectedVersion = Annotated[int | None, Depends(_expected_version)]


def check_version(expected: int | None, current: int) -> None:
    """Raise ChangedMeanwhile when the caller named a version and it is not the current one."""
    if expected is not None and expected != current:
        raise ChangedMeanwhile


def set_etag(response: Response, version: int) -> None:
    response.headers["ETag"] = f'"{version}"'

"""How much of a profile is filled in."""

from collections.abc import Mapping
from dataclasses import dataclass

FIELDS = ("full_name", "email", "phone", "avatar", "date_of_birth", "address")


@dataclass(frozen=True, slots=True)
class Completeness:
    percent: int
    missing: tuple[str, ...]


def completeness(profile: Mapping[str, object]) -> Completeness:
    """The share of fields that are filled, in whole percent rounded down, and those that are not.

    With only a name and a phone, 2 of 6: `completeness({"full_name": "An", "phone": "0912345678"}).percent == 33`.
    """
    missing = tuple(field for field in FIELDS if profile.get(field) is None)
    return Completeness(100 * (len(FIELDS) - len(missing)) // len(FIELDS), missing)

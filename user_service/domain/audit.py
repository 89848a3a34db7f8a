"""What the audit log tells, and how its entries are chained so that a change to them shows (ADR 0017)."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from enum import StrEnum
from typing import Any

import orjson

# What the first entry is chained to.
START = bytes(32)


class Event(StrEnum):
    SIGNED_UP = "signed_up"
    SIGNED_IN = "signed_in"
    PASSWORD_REFUSED = "password_refused"  # noqa: S105 - names of events, as are the next ones
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105
    SESSION_ENDED = "session_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    OTP_REFUSED = "otp_refused"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_REPLACED = "recovery_codes_replaced"
    TOTP_ADDED = "totp_added"
    TOTP_REMOVED = "totp_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    PASSKEY_REFUSED = "passkey_refused"
    PASSWORD_RESET = "password_reset"  # noqa: S105
    EMAIL_CHANGED = "email_changed"
    EMAIL_VERIFIED = "email_verified"
    USER_CREATED = "user_created"
    USER_CHANGED = "user_changed"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    USER_SIGNED_OUT = "user_signed_out"
    SECOND_FACTORS_REMOVED = "second_factors_removed"
    USER_DELETED = "user_deleted"
    ADMIN_GRANTED = "admin_granted"
    ADMIN_REVOKED = "admin_revoked"


ROLES = {True: Event.ADMIN_GRANTED, False: Event.ADMIN_REVOKED}
STATES = {True: Event.USER_DISABLED, False: Event.USER_ENABLED}
OTHERS = ("email", "username", "email_verified", "password_hash")


def changes_between(before: Any, after: Any) -> Iterator[tuple[Event, dict[str, Any]]]:
    """What a change of an account is called in the log, with details; values are never told, only what changed.

    A new email and the role taken away: ADMIN_REVOKED, and USER_CHANGED with `{"fields": ["email"]}`.
    """
    if before.is_admin != after.is_admin:
        yield ROLES[after.is_admin], {}
    if before.disabled != after.disabled:
        yield STATES[after.disabled], {}
    fields = [name for name in OTHERS if getattr(before, name) != getattr(after, name)]
    if fields:
        yield Event.USER_CHANGED, {"fields": fields}


def link(before: bytes, entry: Any) -> bytes:
    """The hash that seals an entry, a row of `audit_events`, behind the one whose hash is `before`.

    SHA-256 of the 32 bytes before and of the entry as JSON: changing, dropping or moving any of 1,000 entries changes
    the 1,000th hash.
    """
    ids = [str(each) if each is not None else None for each in (entry.user_id, entry.actor_id, entry.session_id)]
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    content = [str(entry.id), at, str(entry.event), *ids, entry.reason, entry.details, entry.request_id]
    return hashlib.sha256(before + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def findings(entries: Iterable[Any], heads: Mapping[int, set[bytes]]) -> Iterator[str]:
    """Everything wrong with a log: with its sealed entries, in order, held against the hashes that signed heads name.

    Entries 1, 2, 4 → "Entry 3 is missing."; entries 1, 2 and a head that names the hash of 5 → "The log ends at entry
    2, but there were 5."
    """
    before, expected, unseen = START, 1, dict(heads)
    for entry in entries:
        if entry.position > expected:
            yield _missing(expected, entry.position - 1)
        elif link(before, entry) != entry.hash:
            yield f"Entry {entry.position} was changed, or is not in its place."
        if unseen.pop(entry.position, {entry.hash}) != {entry.hash}:
            yield f"Entry {entry.position} is not the one whose hash was signed."
        before, expected = entry.hash, entry.position + 1
    last = max(unseen, default=0)
    if last >= expected:
        yield f"The log ends at entry {expected - 1}, but there were {last}."


def _missing(first: int, last: int) -> str:
    return f"Entry {first} is missing." if first == last else f"Entries {first} to {last} are missing."

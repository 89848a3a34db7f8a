"""The chain of the audit log: whatever is done to its entries shows, and an honest log shows nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from user_service.domain.audit import START, Event, changes_between, findings, link

AT = datetime(2030, 12, 31, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    position: int
    id: UUID
    event: str = Event.SIGNED_IN
    at: datetime = AT
    user_id: UUID | None = None
    actor_id: UUID | None = None
    session_id: UUID | None = None
    reason: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    request_id: str | None = None
    hash: bytes = b""


Log = list[Entry]


def sealed(entries: Log) -> Log:
    """The entries in their order, sealed as the service seals them."""
    done, before = [], START
    for position, entry in enumerate(entries, 1):
        placed = replace(entry, position=position)
        before = link(before, placed)
        done.append(replace(placed, hash=before))
    return done


def log_of(length: int) -> Log:
    return sealed([Entry(0, UUID(int=number), user_id=UUID(int=number % 3)) for number in range(length)])


def head(log: Log) -> dict[int, set[bytes]]:
    return {log[-1].position: {log[-1].hash}}


def renumbered(log: Log) -> Log:
    return [replace(entry, position=position) for position, entry in enumerate(log, 1)]


EDITS: list[dict[str, Any]] = [
    {"event": Event.SIGNED_UP}, {"at": AT + timedelta(microseconds=1)}, {"user_id": None}, {"user_id": UUID(int=9)},
    {"actor_id": UUID(int=9)}, {"session_id": UUID(int=9)}, {"reason": "x"}, {"details": {"by": "x"}},
    {"request_id": "x"}, {"id": UUID(int=10**9)}, {"hash": bytes(32)},
]  # fmt: skip
# Each takes a log and a place in it, and gives the log as a thief would leave it.
TAMPERINGS: list[Callable[[Log, int], Log]] = [
    *(lambda log, at, edit=edit: [*log[:at], replace(log[at], **edit), *log[at + 1 :]] for edit in EDITS),
    lambda log, at: [*log[:at], *log[at + 1 :]],
    lambda log, at: renumbered([*log[:at], *log[at + 1 :]]),
    lambda log, at: renumbered([*log[:at], log[at], *log[at:]]),
    lambda log, at: renumbered(
        [*log[:at], *log[at + 1 : at + 2], log[at], *log[at + 2 :]] if at + 1 < len(log) else []
    ),
    lambda log, at: log[:at],
    # By somebody who knows how to seal: only the signed head still tells.
    lambda log, at: sealed([*log[:at], replace(log[at], reason="x"), *log[at + 1 :]]),
    lambda log, at: sealed([*log[:at], *log[at + 1 :]]),
    lambda log, at: sealed([*log[:at], Entry(0, UUID(int=10**9)), *log[at:]]),
]


@given(st.integers(1, 30), st.data())
def test_any_tampering_anywhere_is_found_and_an_honest_log_is_whole(length: int, data: st.DataObject) -> None:
    log = log_of(length)
    assert list(findings(log, head(log))) == []
    place = data.draw(st.integers(0, length - 1))
    tampered = data.draw(st.sampled_from(TAMPERINGS))(log, place)
    assert list(findings(tampered, head(log))) != []


def test_heads_of_every_second_agree_with_an_honest_log_that_grew() -> None:
    log = log_of(9)
    assert list(findings(log, {entry.position: {entry.hash} for entry in log})) == []


def test_the_place_and_the_kind_are_named() -> None:
    log = log_of(5)
    changed = [*log[:2], replace(log[2], reason="x"), *log[3:]]
    assert list(findings(changed, head(log))) == ["Entry 3 was changed, or is not in its place."]
    assert list(findings([*log[:1], *log[3:]], head(log))) == ["Entries 2 to 3 are missing."]
    assert list(findings(log[:2], head(log))) == ["The log ends at entry 2, but there were 5."]
    other = sealed([*log[:4], replace(log[4], reason="x")])
    assert list(findings(other, head(log))) == ["Entry 5 is not the one whose hash was signed."]


def test_a_time_is_the_same_in_every_zone() -> None:
    entry = log_of(1)[0]
    elsewhere = replace(entry, at=AT.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")))
    assert link(START, elsewhere) == entry.hash


@dataclass(frozen=True)
class Account:
    is_admin: bool = False
    disabled: bool = False
    email: str = "an@example.com"
    username: str | None = None
    email_verified: bool = False
    password_hash: str = "x"


def test_changes_are_named_and_their_values_are_not_told() -> None:
    before = Account(is_admin=True)
    after = Account(disabled=True, email="other@example.com")
    told = list(changes_between(before, after))
    assert told == [
        (Event.ADMIN_REVOKED, {}), (Event.USER_DISABLED, {}), (Event.USER_CHANGED, {"fields": ["email"]})
    ]  # fmt: skip
    assert list(changes_between(before, before)) == []
    assert [event for event, _ in changes_between(after, before)] == [
        Event.ADMIN_GRANTED, Event.USER_ENABLED, Event.USER_CHANGED
    ]  # fmt: skip

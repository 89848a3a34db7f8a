"""SQL of a sign-in: all that it writes is one statement, since every sign-in waits for it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    LargeBinary,
    Select,
    any_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.database import Database, tell_follower
from user_service.crud.attempts import taking_turn
from user_service.crud.devices import KEPT_MAX, worth
from user_service.models import AuditEvent, Base, Device, Mails, Outbox, RefreshToken, Session, User, mails, outbox

Rows = Mapping[type[Base], Mapping[str, Any]]

_EVENT = ("event_id", "key", "kind", "payload", "request_id", "traceparent")
# What is given of each new row; the database has the rest.
_GIVEN: Mapping[type[Base], tuple[str, ...]] = {
    Session: ("id", "user_id", "user_agent", "address_hash", "expires_at"),
    RefreshToken: ("token_hash", "session_id"),
    AuditEvent: ("id", "event", "user_id", "session_id", "details", "request_id"),
    Device: ("id", "user_id", "token_hash"),
    Outbox: _EVENT,
    Mails: _EVENT,
}


def _new(model: type[Base], beside: CTE, *conditions: ColumnElement[bool]) -> CTE:
    """A row of `model` if there is one in `beside`."""
    table, names = model.__table__, _GIVEN[model]
    values = (bindparam(f"{model.__tablename__}_{name}", type_=table.c[name].type) for name in names)
    row = select(*values).select_from(beside).where(*conditions)
    return insert(model).from_select(names, row, include_defaults=False).cte(f"new_{model.__tablename__}")


def _account() -> CTE:
    """Who signs in, unless they may not any more. Nobody changes or deletes them until the commit."""
    wanted = User.id == bindparam("account_id"), User.password_changed_at == bindparam("unchanged_since")
    return select(User).where(*wanted, ~User.disabled).with_for_update(read=True).cte("account")


def _start() -> Select[Any]:
    account = _account()
    of_account = Device.user_id == account.c.id
    # Compared with an array: a list of values would make another statement of each length, written out at each use.
    presented = Device.token_hash == any_(bindparam("presented", type_=ARRAY(LargeBinary)))
    seen = update(Device).where(of_account, presented).values(last_used_at=func.now())
    known = seen.returning(Device.token_hash).cte("known")
    # The account's first device is its owner's own, and no news.
    is_new, is_first = ~select(known).exists(), ~select(Device.id).where(of_account).correlate(account).exists()
    news = select(bindparam("news_subject", type_=LargeBinary), array([func.now()])).where(is_new, ~is_first)
    turn = taking_turn(news.select_from(account)).cte("turn")
    surplus = (
        select(Device.id)
        .where(of_account, is_new)
        .order_by(*worth)
        .offset(literal_column(str(KEPT_MAX)))
        .correlate(None)
    )
    # Left as it is while others hold the row: two who sign in at once hold it shared, and would wait for each other.
    speaks_otherwise = account.c.language != bindparam("spoken"), ~is_new | is_first
    speaker = select(User.id).join(account, account.c.id == User.id).where(*speaks_otherwise)
    free = speaker.with_for_update(of=User, skip_locked=True).correlate(None)
    answer = select(
        account,
        select(known).limit(literal_column("1")).scalar_subquery().label("known"),
        select(turn).exists().label("is_told"),
    )
    return answer.add_cte(
        *(_new(model, account) for model in (Session, RefreshToken, AuditEvent)),
        _new(Device, account, is_new),
        *(_new(model, turn) for model in (Outbox, Mails)),
        delete(Device).where(Device.id.in_(surplus)).cte("surplus"),
        update(User).where(User.id.in_(free)).values(language=bindparam("spoken")).cte("speaker"),
    )


_start_session = _start()


async def start_session(db: Database | AsyncConnection, values: Mapping[str, Any], rows: Rows) -> Any:
    """Start a session with its first refresh token, have the log tell of it, know the device, and tell the owner of it.

    The row is the account, with `known`: which of the devices presented is one of its own. There is none when it was
    deleted, disabled, or given another password since `unchanged_since`, and then nothing is written.
    """
    given = {f"{model.__tablename__}_{name}": value for model, row in rows.items() for name, value in row.items()}
    if not isinstance(db, Database):
        account = (await db.execute(_start_session, {**values, **given})).first()
        if account is not None and account.is_told:
            tell_follower(db, outbox.name)
            tell_follower(db, mails.name)
        return account
    # Where nothing else is written with it, the statement is the transaction.
    account = await db.reader.first(_start_session, {**values, **given})
    if account is not None and account.is_told:
        db.committed[outbox.name].set()
        db.committed[mails.name].set()
    return account

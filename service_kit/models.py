"""What the declarative bases of all services share: names of constraints, types, whose a row is, and a few tables."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Index, LargeBinary, MetaData, String, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from uuid_utils.compat import uuid7

# Constraint names are part of the code: each service maps them to problems.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


@dataclass(frozen=True, slots=True)
class PersonsId:
    """What becomes of the rows whose column holds a person's id (privacy.py), and why where it is less than all."""

    exported: bool
    erased: bool
    why: str | None = None


# Given as `info` to the column that holds a person's id, points to the row which does, or has it in JSON as `user_id`.
PERSONAL = {"person": PersonsId(exported=True, erased=True)}


def internal(why: str) -> dict[str, Any]:
    """Erased with the person, but no news to them."""
    return {"person": PersonsId(exported=False, erased=True, why=why)}


def kept(why: str, *, exported: bool = False) -> dict[str, Any]:
    return {"person": PersonsId(exported=exported, erased=False, why=why)}


def withheld(why: str) -> dict[str, Any]:
    """For a column of a person's rows that no document should hold, a secret say."""
    return {"withheld": why}


class Model(DeclarativeBase):
    """Each service subclasses this once, abstractly, with `metadata = service_metadata()` of its own."""

    __abstract__ = True
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own convention
        datetime: DateTime(timezone=True),
        UUID: PG_UUID(as_uuid=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        bytes: LargeBinary,
    }


def service_metadata() -> MetaData:
    return MetaData(naming_convention=NAMING)


class Timestamps:
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


NEWS = "news of what the tables hold, on its way or gone"


class OutboxColumns:
    """An event that still has to reach another service; written in the transaction that caused it."""

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(default=uuid7, unique=True)
    # Events of one key are delivered in the order they were written.
    key: Mapped[UUID] = mapped_column(info=internal(NEWS))
    kind: Mapped[str] = mapped_column(String(100))
    # Whoever it tells of is the key, or its `user_id`.
    payload: Mapped[dict[str, Any]] = mapped_column(info=internal(NEWS))
    # Of the request that caused it, so that its trail does not end where the answer left.
    request_id: Mapped[str | None] = mapped_column(String(64))
    traceparent: Mapped[str | None] = mapped_column(String(55))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default="0")
    # Not before this time: a lease while a relay holds the event, a back-off after a failure.
    available_at: Mapped[datetime] = mapped_column(server_default=func.now())
    delivered_at: Mapped[datetime | None]
    # When the relay gave it up because the receiver refuses it; the later events of its key go on without it.
    set_aside_at: Mapped[datetime | None]

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Index, ...]:
        name = cls.__tablename__
        return (
            Index(f"ix_{name}_waiting", "key", "id", postgresql_where=text("delivered_at IS NULL")),
            Index(f"ix_{name}_delivered_at", "delivered_at", postgresql_where=text("delivered_at IS NOT NULL")),
        )


class InboxColumns:
    """The events already taken in, by the sender's event id."""

    __tablename__ = "inbox"
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TombstoneColumns:
    """People who were erased. Nothing else is known of them here, not even that they were anybody."""

    __tablename__ = "tombstones"
    user_id: Mapped[UUID] = mapped_column(
        primary_key=True, info=kept("so that late events and restored backups recreate nothing")
    )
    erased_at: Mapped[datetime] = mapped_column(server_default=func.now())


class IdempotencyColumns:
    """The answers given under an `Idempotency-Key`; the key is stored as a hash with its subject and path."""

    __tablename__ = "idempotency_keys"
    # Null where the version before this column wrote the row, for as long as rows are kept.
    user_id: Mapped[UUID | None] = mapped_column(info=internal("answers about them that they have been given before"))
    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    body_hash: Mapped[bytes]
    status: Mapped[int]
    body: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)

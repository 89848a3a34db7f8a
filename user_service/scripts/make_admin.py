"""Make an account an administrator, or create one: `python -m user_service.scripts.make_admin EMAIL`."""

import argparse
from secrets import token_urlsafe
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row, create_engine, insert
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import OperationalError

from service_kit.database import driver_url
from service_kit.migrations import upgrade
from user_service.core.hashing import argon2id
from user_service.core.settings import Settings
from user_service.crud.audit import entry
from user_service.domain.audit import Event
from user_service.models import AuditEvent, User
from user_service.schemas.users import Email


def main() -> None:
    parser = argparse.ArgumentParser(prog="make_admin", description="Make an account an administrator, or create one.")
    parser.add_argument("email", type=_email)
    email = parser.parse_args().email
    try:
        _make_admin(Settings(), email)
    except OperationalError as error:
        raise SystemExit("The user service's database cannot be reached; is the stack up?") from error


def _email(given: str) -> str:
    try:
        return TypeAdapter(Email).validate_python(given)
    except ValidationError as error:
        raise argparse.ArgumentTypeError(error.errors()[0]["msg"]) from error


def _make_admin(settings: Settings, email: str) -> None:
    upgrade(settings)
    password = token_urlsafe(15)
    password_hash = argon2id(settings).hash(password)
    user = _create_or_promote(settings, email, password_hash)
    if user.password_hash == password_hash:
        print(f"{email} is a new administrator.")
        print(f"Password, shown only now: {password}")
    else:
        print(f"{email} is an administrator now, from the next sign-in or refresh on.")


def _create_or_promote(settings: Settings, email: str, password_hash: str) -> Row[Any]:
    values = {"email": email, "password_hash": password_hash, "is_admin": True}
    statement = (
        pg_insert(User)
        .values(values)
        .on_conflict_do_update(index_elements=[User.email], set_={"is_admin": True, "disabled": False})
        .returning(User)
    )
    engine = create_engine(driver_url(settings.database_url.get_secret_value(), "psycopg2"))
    try:
        with engine.begin() as db:
            user = db.execute(statement).one()
            db.execute(insert(AuditEvent), entry(Event.ADMIN_GRANTED, user.id, by="operator"))
            return user
    finally:
        engine.dispose()


if __name__ == "__main__":
    main()

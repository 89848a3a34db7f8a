"""Keys and secrets of one stack: made once, kept in its folder, readable by its owner only."""

import json
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from local_stack.errors import StackError
from local_stack.files import write_private
from local_stack.layout import CALLEES, ENCRYPTING, SERVICES, Layout
from service_kit.tokens import Jwk, public_jwk_of

SIGNING_KEY, NEXT_KEY = "people", "people-next"


def key_file(layout: Layout, name: str) -> Path:
    return layout.folder / "keys" / f"{name}.pem"


def ensure_keys(layout: Layout) -> None:
    """Make the key that signs people's tokens and each service's own, where they are missing."""
    (layout.folder / "keys").mkdir(mode=0o700, exist_ok=True)
    for name in (SIGNING_KEY, *SERVICES):
        if not key_file(layout, name).exists():
            write_private(key_file(layout, name), new_key())


def new_key() -> str:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def live_keys(layout: Layout) -> list[Jwk]:
    """The public keys whose tokens are accepted: of the key that signs, the one that will, and the one that did."""
    private = [key_file(layout, name) for name in (SIGNING_KEY, NEXT_KEY)]
    previous = previous_key(layout)
    return [
        *(public_jwk_of(file.read_text()) for file in private if file.exists()),
        *([previous["key"]] if previous else []),
    ]


def previous_file(layout: Layout) -> Path:
    return layout.folder / "keys" / "people-previous.json"


def previous_key(layout: Layout) -> dict[str, Any] | None:
    """`key`, the public half of the key before this one, and `accepted_until`, in seconds since the epoch."""
    file = previous_file(layout)
    return dict(json.loads(file.read_text())) if file.exists() else None


def announce_next(layout: Layout) -> None:
    """Make the key that will sign: a verifier must know it before the first token of it arrives."""
    if previous_key(layout):
        raise StackError("The key before this one is still accepted; run retire-key first.")
    if not key_file(layout, NEXT_KEY).exists():
        write_private(key_file(layout, NEXT_KEY), new_key())


def sign_with_next(layout: Layout, token_minutes: int) -> datetime:
    """Return when the last token of the old key will have expired. Only its public half is kept."""
    following, signing = key_file(layout, NEXT_KEY), key_file(layout, SIGNING_KEY)
    if not following.exists():
        raise StackError("There is no next key that the services could know by now.")
    accepted_until = time.time() + token_minutes * 60
    previous = {"key": public_jwk_of(signing.read_text()), "accepted_until": accepted_until}
    write_private(previous_file(layout), json.dumps(previous))
    following.replace(signing)
    return datetime.fromtimestamp(accepted_until).astimezone()


def retire_previous(layout: Layout, *, at_once: bool) -> None:
    """Forget the old key. Before its time only `at_once`: who still has a token of it must sign in again."""
    previous = previous_key(layout)
    if previous is None:
        raise StackError("There is no old key to retire.")
    if time.time() < previous["accepted_until"] and not at_once:
        until = datetime.fromtimestamp(previous["accepted_until"]).astimezone()
        raise StackError(f"Tokens of the old key are valid until {until:%H:%M}; retire-key --at-once ends them now.")
    previous_file(layout).unlink()


def write_public_keys(layout: Layout) -> None:
    """Write what verifiers read: the keys of people's tokens, and for each service the keys of its callers."""
    jwks = {"keys": live_keys(layout)}
    write_private(layout.folder / "jwks.json", json.dumps(jwks))
    for service in SERVICES:
        callers = (caller for caller, callees in CALLEES.items() if service in callees)
        write_private(callers_file(layout, service), json.dumps(_public_jwks(layout, callers)))


def callers_file(layout: Layout, service: str) -> Path:
    return layout.folder / "keys" / f"callers-of-{service}.json"


def _public_jwks(layout: Layout, names: Iterable[str]) -> dict[str, Jwk]:
    return {name: public_jwk_of(key_file(layout, name).read_text()) for name in names}


def ensure_secrets(layout: Layout) -> dict[str, str]:
    """The passwords of the database roles, by service, `refresh_key`, and keys of encrypted columns."""
    file = layout.folder / "secrets.json"
    kept = dict(json.loads(file.read_text())) if file.exists() else {}
    made = {name: secrets.token_hex(24) for name in SERVICES} | {"refresh_key": secrets.token_hex(32)}
    made |= {field_keys_of(name): new_field_key() for name in ENCRYPTING}
    if not made.keys() <= kept.keys():
        write_secrets(layout, made | kept)
    return made | kept


def write_secrets(layout: Layout, values: Mapping[str, str]) -> None:
    write_private(layout.folder / "secrets.json", json.dumps(values, indent=1))


def field_keys_of(service: str) -> str:
    return f"{service}_field_keys"


def new_field_key() -> str:
    return Fernet.generate_key().decode()

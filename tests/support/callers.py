"""People and services that call: real tokens, signed with keys made for the run."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from filelock import FileLock
from uuid_utils.compat import uuid7

from service_kit.tokens import PERSON_TOKEN, SERVICE_TOKEN, SigningKey, public_jwk_of
from tests.support.run_folder import run_dir

ISSUER, AUDIENCE = "accounts", "api"
# Longer than any test, however slow the machine.
TOKEN_LIFE_S = 900
SERVICES = ("user_service", "profile_service", "alert_service", "survey_service", "score_service")


def new_private_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass(frozen=True)
class Keys:
    """The run's keys: `people.pem` signs people's tokens, `<service>.pem` a service's own."""

    folder: Path

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.pem"

    def signing_key(self, name: str = "people") -> SigningKey:
        return SigningKey.from_file(self.path(name))

    @property
    def jwks(self) -> Path:
        return self.folder / "jwks.json"

    @property
    def callers(self) -> Path:
        """Every service's public key. Which of them may call is each endpoint's rule, which the tests try."""
        return self.folder / "callers.json"


@pytest.fixture(scope="session")
def keys() -> Keys:
    folder = run_dir() / "keys"
    made = Keys(folder)
    with FileLock(run_dir() / "keys.lock"):
        if not folder.exists():
            folder.mkdir()
            for name in ("people", "stranger", *SERVICES):
                made.path(name).write_text(new_private_key())
            made.jwks.write_text(json.dumps({"keys": [public_jwk_of(made.path("people").read_text())]}))
            public = {name: public_jwk_of(made.path(name).read_text()) for name in SERVICES}
            made.callers.write_text(json.dumps(public))
    return made


@dataclass(frozen=True)
class Caller:
    user_id: UUID
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def person_claims(user_id: UUID, *roles: str, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user_id),
        "sid": str(uuid7()),
        "roles": list(roles),
        "iat": now,
        "exp": now + TOKEN_LIFE_S,
        **changes,
    }


def maker_of_people(keys: Keys) -> Callable[..., Caller]:
    """`new_person()` is somebody new; `new_person("admin")` has a role; keywords change claims."""
    signer = keys.signing_key()

    def make(*roles: str, **changes: Any) -> Caller:
        user_id = uuid7()
        return Caller(user_id, signer.sign(person_claims(user_id, *roles, **changes), PERSON_TOKEN))

    return make


@pytest.fixture(scope="session")
def new_person(keys: Keys) -> Callable[..., Caller]:
    return maker_of_people(keys)


@pytest.fixture(scope="session")
def new_admin(new_person: Callable[..., Caller]) -> Callable[[], Caller]:
    return lambda: new_person("admin")


def maker_of_service_headers(keys: Keys) -> Callable[..., dict[str, str]]:
    """`service_headers("score_service", "alert_service")`: the headers of one service calling another."""

    def make(caller: str, audience: str, **changes: Any) -> dict[str, str]:
        now = int(time.time())
        claims = {"iss": caller, "sub": caller, "aud": audience, "iat": now, "exp": now + TOKEN_LIFE_S, **changes}
        return {"Authorization": f"Bearer {keys.signing_key(caller).sign(claims, SERVICE_TOKEN)}"}

    return make


@pytest.fixture(scope="session")
def service_headers(keys: Keys) -> Callable[..., dict[str, str]]:
    return maker_of_service_headers(keys)

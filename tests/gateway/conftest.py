"""The gateway under test: one of our own with an echo behind it, or the one that GATEWAY_URL names.

With GATEWAY_URL, `GATEWAY_KIND` says which gateway it is (`envoy` or `kong`), `GATEWAY_SIGNING_KEY` names the file with
the private key of people's tokens, and `GATEWAY_ECHO=1` says that tests/gateway/echo.py stands behind it.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import pytest

from local_stack import kong, render, supervisor
from local_stack.envoy import Gateway
from local_stack.keys import new_key
from local_stack.layout import SERVICES
from service_kit.tokens import PERSON_TOKEN, SigningKey
from tests.gateway.wire import Caller, new_loopback_address
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, eventually

ECHO = Path(__file__).with_name("echo.py")
ORIGINS = ["http://localhost:3000", "http://127.0.0.1:3000"]


@dataclass(frozen=True)
class Target:
    """`ports` are the echo's, by service; empty when real services stand behind the gateway."""

    url: str
    kind: str
    signing_key: SigningKey | None
    ports: dict[str, int]
    origin: str


@pytest.fixture(scope="session")
def target() -> Iterator[Target]:
    url = os.environ.get("GATEWAY_URL")
    if url:
        yield _given(url)
        return
    with tempfile.TemporaryDirectory(prefix="gateway-") as folder:
        yield from own_gateway(Path(folder))


def _given(url: str) -> Target:
    key_file = os.environ.get("GATEWAY_SIGNING_KEY")
    echo_ports = dict.fromkeys(SERVICES, 0) if os.environ.get("GATEWAY_ECHO") == "1" else {}
    signing_key = SigningKey.from_file(Path(key_file)) if key_file else None
    return Target(url, os.environ.get("GATEWAY_KIND", "envoy"), signing_key, echo_ports, url)


def own_gateway(folder: Path, change: Callable[[dict[str, Any]], None] = lambda _: None) -> Iterator[Target]:
    """Envoy on the translation of the repository's kong.yml, rendered as `make up` renders it and then changed."""
    signing_key = SigningKey(new_key(), "ES256")
    ports = {service: free_port() for service in SERVICES}
    upstreams = {service: ("127.0.0.1", port) for service, port in ports.items()}
    document = render.render(render.Installation([signing_key.public_jwk], upstreams, ORIGINS))
    change(document)
    gateway = Gateway(folder, "127.0.0.1", free_port(), folder / "admin.sock")
    gateway.write(kong.parse(document))
    log = folder / "envoy.log"
    with ExitStack() as running:
        output = running.enter_context(log.open("w"))
        running.enter_context(_process([sys.executable, str(ECHO), *map(str, ports.values())], output))
        running.enter_context(_process(supervisor.envoy(gateway), output))
        url = f"http://127.0.0.1:{gateway.port}"
        eventually(lambda: _serves(url), lambda: f"the gateway serves: {log.read_text()}")
        yield Target(url, "envoy", signing_key, ports, ORIGINS[0])


@contextmanager
def _process(command: list[str], output: IO[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stderr=output)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def _serves(url: str) -> bool:
    try:
        return Caller(url, None).send("GET", "/api/v1/.well-known/jwks.json").status == 200
    except OSError:
        return False


@pytest.fixture
def caller(target: Target) -> Caller:
    return new_caller(target)


@pytest.fixture
def another_caller(target: Target) -> Caller:
    return new_caller(target)


def new_caller(target: Target) -> Caller:
    """Each test calls from a loopback address of its own where the system has them all, as Linux does."""
    own_address = sys.platform == "linux" and "//127." in target.url
    return Caller(target.url, new_loopback_address() if own_address else None)


@pytest.fixture
def echo(target: Target) -> dict[str, int]:
    if not target.ports:
        pytest.skip("needs the echo behind the gateway")
    return target.ports


@pytest.fixture
def sign(target: Target) -> Callable[..., str]:
    """`sign()` is a token nobody else has; keywords change claims, and None leaves one out."""
    if target.signing_key is None:
        pytest.skip("needs GATEWAY_SIGNING_KEY")
    signing_key = target.signing_key

    def make(**changes: object) -> str:
        now = int(time.time())
        claims = {"sub": str(uuid4()), "iss": "accounts", "aud": "api", "iat": now, "exp": now + 300, **changes}
        return signing_key.sign({name: value for name, value in claims.items() if value is not None}, PERSON_TOKEN)

    return make


@pytest.fixture
def token(sign: Callable[..., str]) -> str:
    return sign()


@pytest.fixture
def bearer(token: str) -> tuple[str, str]:
    return ("Authorization", f"Bearer {token}")

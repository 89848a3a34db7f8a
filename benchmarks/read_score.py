"""What reading the current score costs beside a bare Starlette hello: server CPU a request, in the same run (P1).

`SCORE_DATABASE_URL=... python -m benchmarks.read_score [rounds] [requests]`; the database must be empty and is filled.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from uuid_utils.compat import uuid7

from service_kit.settings import ServiceSettings
from service_kit.tokens import PERSON_TOKEN, SigningKey, public_jwk_of

CONNECTIONS = 8
FEATURES = {"utilisation": 0.42, "late30": 1, "late60": 0, "late90": 0, "debt_ratio": 0.35, "lines": 7, "mortgages": 1}


async def _hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


hello = Starlette(routes=[Route("/", _hello)])


@contextmanager
def server(app: str, port: int, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log", "--no-proxy-headers"]
    process = subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def wait_until_up(url: str) -> None:
    for _ in range(300):
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url} did not come up")


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _requests(port: int, raw: bytes, count: int) -> None:
    """Send one request after the other on a connection of its own, and read each answer whole."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(count):
        writer.write(raw)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
    writer.close()


async def load(port: int, path: str, token: str, count: int) -> None:
    raw = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    await asyncio.gather(*(_requests(port, raw, count // CONNECTIONS) for _ in range(CONNECTIONS)))


def make_keys(folder: Path) -> tuple[str, dict[str, str]]:
    """A token of somebody new, and the settings with which a service believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (folder / "key.pem").write_text(pem)
    (folder / "jwks.json").write_text(json.dumps({"keys": [public_jwk_of(pem)]}))
    defaults, now = ServiceSettings.model_fields, int(time.time())
    claims = {
        "iss": defaults["token_issuer"].default,
        "aud": defaults["token_audience"].default,
        "sub": str(uuid7()),
        "iat": now,
        "exp": now + 3600,
    }
    nowhere = "http://127.0.0.1:9"
    env = {
        "JWKS_FILE": str(folder / "jwks.json"),
        "SERVICE_KEY_FILE": str(folder / "key.pem"),
        "SURVEY_SERVICE_URL": nowhere,
        "ALERT_SERVICE_URL": nowhere,
        "LOCAL_DIR": str(folder),
    }
    return SigningKey(pem, "ES256").sign(claims, PERSON_TOKEN), env


def microseconds_a_request(process: subprocess.Popen[bytes], port: int, path: str, token: str, count: int) -> float:
    before = cpu_seconds(process)
    asyncio.run(load(port, path, token, count))
    return (cpu_seconds(process) - before) / count * 1e6


def main(rounds: int = 7, count: int = 8_000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        token, env = make_keys(Path(folder))
        with (
            server("benchmarks.read_score:hello", 27_101) as bare,
            server("score_service.main:app", 27_102, **env) as scores,
        ):
            wait_until_up("http://127.0.0.1:27101/")
            wait_until_up("http://127.0.0.1:27102/health/live")
            calculated = httpx.post(
                "http://127.0.0.1:27102/scores/me/calculate",
                json={"features": FEATURES},
                headers={"Authorization": f"Bearer {token}"},
            )
            calculated.raise_for_status()
            ratios = []
            for number in range(rounds + 1):
                plain = microseconds_a_request(bare, 27_101, "/", token, count)
                read = microseconds_a_request(scores, 27_102, "/scores/me", token, count)
                if number == 0:  # warming up
                    continue
                ratios.append(read / plain)
                print(f"hello {plain:6.1f} µs   read {read:6.1f} µs   {read / plain:5.2f}×")  # noqa: T201
    print(f"median of {rounds} rounds of {count} requests: {statistics.median(ratios):.2f}× (goal 8)")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

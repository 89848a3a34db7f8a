"""Requests exactly as they are written: no path is tidied, no header merged, and the caller's address is chosen."""

import http.client
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.support.waiting import PATIENCE_S

Headers = Sequence[tuple[str, str]]
CHUNK = 64 * 1024


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) <= 1, f"{name} stands {len(values)} times"
        return values[0] if values else None

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def heard(self) -> "Heard":
        return Heard(self.json)


class Heard:
    """What the echo says reached it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.port: int = document["port"]
        self.method: str = document["method"]
        self.path: str = document["path"]
        self.query: str = document["query"]
        self.received: int = document["received"]
        self.held: int = document["held"]
        self._headers: list[tuple[str, str]] = [(name, value) for name, value in document["headers"]]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self._headers if key == name.lower()]

    def one(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) <= 1, f"{name} arrived {len(values)} times"
        return values[0] if values else None


class Caller:
    """Somebody with an address of their own, so that nobody uses up another's limit."""

    def __init__(self, url: str, address: str | None) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.address = address

    def connect(self) -> http.client.HTTPConnection:
        source = (self.address, 0) if self.address else None
        return http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S, source_address=source)

    def send(
        self,
        method: str,
        target: str,
        headers: Headers = (),
        body: bytes | None = None,
        *,
        chunked: bool = False,
    ) -> Answer:
        """One request, on a connection of its own."""
        connection = self.connect()
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in self._framing(headers, body, chunked=chunked):
                connection.putheader(name, value)
            connection.endheaders()
            self._send_body(connection, body, chunked=chunked)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def _framing(self, headers: Headers, body: bytes | None, *, chunked: bool) -> Iterator[tuple[str, str]]:
        if not any(name.lower() == "host" for name, _ in headers):
            yield "Host", f"{self.host}:{self.port}"
        yield from headers
        if chunked:
            yield "Transfer-Encoding", "chunked"
        elif body is not None:
            yield "Content-Length", str(len(body))

    @staticmethod
    def _send_body(connection: http.client.HTTPConnection, body: bytes | None, *, chunked: bool) -> None:
        pieces = [body[start : start + CHUNK] for start in range(0, len(body or b""), CHUNK)] if body else []
        try:
            for piece in pieces:
                connection.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                connection.send(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            # A gateway may refuse a body while it is still being sent; its answer is there to be read.
            return


_numbers = itertools.count(random.randrange(2**20))  # noqa: S311 - an address is no secret


def new_loopback_address() -> str:
    network, host = divmod(next(_numbers) % 2**20, 254)
    return f"127.{1 + network // 256}.{network % 256}.{1 + host}"

"""A service at the network's edge that does what a test tells it: answer, be slow, fail, or hang up."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Server(ThreadingHTTPServer):
    # As many as a relay sends at once: with the usual five, who comes while all are being taken is kept waiting.
    request_queue_size = 128


@dataclass
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Reply:
    """`hang_up` closes the connection after the request was read: the sender cannot know whether it arrived."""

    status: int = 200
    body: Any = field(default_factory=dict)
    delay_s: float = 0.0
    hang_up: bool = False


class FakeNeighbour:
    """`answer` decides every reply; `received` is what came in, in order, each with its reply decided."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answer: Callable[[Received], Reply] = lambda _request: Reply()
        self._pause = threading.Event()
        neighbour = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                neighbour._serve(self)

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - http.server looks these names up

            def log_message(self, *_args: Any) -> None:
                """Say nothing: the test's own assertions tell what happened."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        raw = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Received(handler.command, handler.path, headers, json.loads(raw) if raw else None)
        reply = self.answer(request)
        self.received.append(request)
        self._pause.wait(reply.delay_s)
        if reply.hang_up:
            handler.close_connection = True
            return
        body = json.dumps(reply.body).encode()
        handler.send_response(reply.status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def close(self) -> None:
        self._pause.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def fake_neighbour() -> Iterator[FakeNeighbour]:
    neighbour = FakeNeighbour()
    yield neighbour
    neighbour.close()

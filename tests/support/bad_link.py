"""A link between two services that drops, delays, cuts, doubles and fails what goes over it, as often as it is told."""

import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.support.waiting import PATIENCE_S

RESET_AT_CLOSE = struct.pack("ii", 1, 0)
LATE_S = 1.0


class BadLink:
    """An HTTP proxy to `target`. `shares` says how much of all requests meets each fate; the rest arrives.

    `drop`: closed unread. `fail`: 500, and never sent on. `delay`: sent on after up to half a second. `cut`: sent on,
    and the connection reset in place of the answer. `double`: sent on twice. `repeat`: sent on, and again a second
    later, when newer ones have arrived.
    """

    def __init__(self, target: str, shares: Mapping[str, float], seed: int) -> None:
        self.fates: Counter[str] = Counter()
        # While it is shut nothing gets through, and what then waits is no part of `fates`.
        self.shut = False
        self._target, self._shares = target, dict(shares)
        self._random, self._lock = random.Random(seed), threading.Lock()  # noqa: S311
        self._client = httpx.Client(timeout=PATIENCE_S)
        self._repetitions: list[threading.Timer] = []
        link = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                link._carry(self)

            def log_message(self, *_args: Any) -> None:
                """Say nothing: `fates` tells."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def _draw(self) -> tuple[str, float]:
        if self.shut:
            return "fail", 0
        with self._lock:
            names = [*self._shares, "arrive"]
            rest = 1 - sum(self._shares.values())
            [fate] = self._random.choices(names, [*self._shares.values(), rest])
            self.fates[fate] += 1
            return fate, self._random.random()

    def _carry(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("content-length", 0))
        body = handler.rfile.read(length)
        if len(body) < length:  # the sender gave up in the middle
            return self._hang_up(handler)
        fate, chance = self._draw()
        send = self._sender(handler, body)
        if fate == "drop":
            return self._hang_up(handler)
        if fate == "fail":
            return self._answer(handler, 500, b"{}")
        if fate == "delay":
            time.sleep(chance / 2)
        if fate == "double":
            send()
        if fate == "repeat":
            repetition = threading.Timer(LATE_S, self._repeat, [send])
            self._repetitions.append(repetition)
            repetition.start()
        answer = send()
        if fate == "cut":
            return self._hang_up(handler)
        return self._answer(handler, answer.status_code, answer.content)

    def _sender(self, handler: BaseHTTPRequestHandler, body: bytes) -> Callable[[], httpx.Response]:
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in {"host", "connection"}}
        return lambda: self._client.post(self._target + handler.path, content=body, headers=headers)

    @staticmethod
    def _repeat(send: Callable[[], httpx.Response]) -> None:
        with suppress(httpx.TransportError):  # a repetition may be lost on its way as anything may
            send()

    def _hang_up(self, handler: BaseHTTPRequestHandler) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        handler.close_connection = True

    def _answer(self, handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        handler.send_response(status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        with suppress(ConnectionError):  # the sender may have given up waiting
            handler.end_headers()
            handler.wfile.write(body)

    def settle(self) -> None:
        """Wait for the repetitions that are still to come."""
        for repetition in self._repetitions:
            repetition.join()

    def close(self) -> None:
        self.settle()
        self._server.shutdown()
        self._server.server_close()
        self._client.close()

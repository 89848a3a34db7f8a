"""A service that answers with what it was asked: `python echo.py PORT…` stands behind a gateway as all five at once.

It listens on loopback, or on ECHO_HOST.
"""

import asyncio
import json
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import uvicorn

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send) -> None:
    """`?status=`, `?pause=` (seconds) and `?header=name:value` shape the answer; `/alerts/stream` sends two events.

    Whoever asks with `?hold=1` is answered once somebody has asked with `?release=1`; all are told how many are held.
    """
    if scope["type"] != "http":
        return
    received = 0
    while True:
        message = await receive()
        received += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    query = parse_qs(scope["query_string"].decode())
    pause = float(query.get("pause", ["0"])[0])
    if scope["path"] == "/alerts/stream":
        await _stream(send, pause)
        return
    await asyncio.sleep(pause)
    if "release" in query:
        held.release()
    if "hold" in query:
        await held.wait()
    body = json.dumps(_heard(scope, received)).encode()
    described = [("content-type", "application/json"), ("content-length", str(len(body)))]
    lines = [*described, *(line.split(":", 1) for line in query.get("header", []))]
    headers = [(name.encode(), value.encode()) for name, value in lines]
    await send({"type": "http.response.start", "status": int(query.get("status", ["200"])[0]), "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _heard(scope: dict[str, Any], received: int) -> dict[str, Any]:
    return {
        "port": scope["server"][1],
        "method": scope["method"],
        "path": scope["raw_path"].decode(),
        "query": scope["query_string"].decode(),
        "headers": [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"]],
        "received": received,
        "held": held.count,
    }


class Held:
    """Requests that wait for a word."""

    def __init__(self) -> None:
        self.count, self._word = 0, asyncio.Event()

    async def wait(self) -> None:
        self.count += 1
        await self._word.wait()
        self.count -= 1

    def release(self) -> None:
        self._word.set()


held = Held()


async def _stream(send: Send, pause: float) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    for number in (1, 2):
        await send({"type": "http.response.body", "body": b"data: %d\n\n" % number, "more_body": True})
        await asyncio.sleep(pause)
    await send({"type": "http.response.body", "body": b""})


def main(ports: list[int]) -> None:
    sockets = []
    for port in ports:
        # With the protocol left at 0, asyncio would not switch Nagle's algorithm off.
        listener = socket.socket(proto=socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((os.environ.get("ECHO_HOST", "127.0.0.1"), port))
        sockets.append(listener)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_keep_alive=75, timeout_graceful_shutdown=1,
        proxy_headers=False,
    )  # fmt: skip
    asyncio.run(uvicorn.Server(config).serve(sockets=sockets))


if __name__ == "__main__":
    main([int(port) for port in sys.argv[1:]])

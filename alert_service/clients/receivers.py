"""Calls to people's webhooks, wherever they lead, which must be nowhere inside.

A name is looked up once, all its addresses are checked, and the connection is made to one that was checked, so a name
that means something else a moment later (DNS rebinding) changes nothing. TLS and `Host` go by the name. httpcore is
used by itself, since httpx has no place to put that between name and connection; it follows no redirect, knows no
proxy from the environment, and never reads the body of an answer here.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from alert_service.domain.addresses import may_be_called

# In all, from looking up the name to the status of the answer.
CALL_LIMIT_S = 10.0
CONNECT_LIMIT_S = 3.0
AT_ONCE = 20

Resolve = Callable[[str, int], Awaitable[list[str]]]


class RefusedAddressError(Exception):
    """The address leads where no webhook may, or nowhere."""


class UnreachableError(Exception):
    """No answer came."""


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name; none if there is no such name."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Receivers:
    """`loopback` lets webhooks lead to this very machine; `https_only` refuses what anybody on the way can read."""

    def __init__(self, *, loopback: bool, https_only: bool, resolve: Resolve = look_up) -> None:
        self._loopback, self._https_only, self._resolve = loopback, https_only, resolve
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=AT_ONCE,
            max_keepalive_connections=0,
            network_backend=_CheckedNetwork(self.addresses_of),
        )

    async def check(self, url: str) -> None:
        """Raise RefusedAddressError when the webhook may not lead there as things are now."""
        self._check_scheme(url)
        parts = urlsplit(url)
        async with asyncio.timeout(CONNECT_LIMIT_S):
            await self.addresses_of(parts.hostname or "", parts.port or 443)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer. Raises RefusedAddressError or UnreachableError."""
        self._check_scheme(url)
        try:
            async with (
                asyncio.timeout(CALL_LIMIT_S),
                self._pool.stream("POST", url, headers=list(headers.items()), content=body) as response,
            ):
                return int(response.status)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            raise UnreachableError from error

    async def addresses_of(self, host: str, port: int) -> list[str]:
        """All of them must be allowed: one that is not shows that the name means no good."""
        addresses = await self._resolve(host, port)
        if not addresses or not all(may_be_called(each, loopback=self._loopback) for each in addresses):
            raise RefusedAddressError
        return addresses

    def _check_scheme(self, url: str) -> None:
        if self._https_only and urlsplit(url).scheme != "https":
            raise RefusedAddressError


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """What httpcore connects with: every connection there is goes through here."""

    def __init__(self, addresses_of: Resolve) -> None:
        self._addresses_of, self._network = addresses_of, httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's signature; the limit is ours
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = RefusedAddressError()
        for address in await self._addresses_of(host, port):
            try:
                return await self._network.connect_tcp(address, port, CONNECT_LIMIT_S, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

"""Who is at the other end of a request: its address, concealed, and what it calls itself."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from fastapi import Request

from service_kit.languages import Language, language_of
from service_kit.settings import ServiceSettings
from user_service.core.cookies import device_tokens_of
from user_service.core.keys import Keys

USER_AGENT_LENGTH_MAX = 300
IPV6_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Client:
    address_hash: bytes
    user_agent: str
    language: Language
    # What it shows to be known by, from a browser's cookie or as an app sent it.
    device_tokens: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> bytes:
        """The same for two requests from one program at one address."""
        return hashlib.sha256(self.address_hash + self.user_agent.encode()).digest()


def client_of(request: Request, keys: Keys) -> Client:
    address = address_block(client_address(request, request.app.state.settings))
    user_agent = request.headers.get("user-agent", "")[:USER_AGENT_LENGTH_MAX]
    return Client(keys.conceal("address", address), user_agent, language_of(request), device_tokens_of(request))


def client_address(request: Request, settings: ServiceSettings) -> str:
    """The caller's address: the TCP peer's, or what a configured proxy says of it (the last address not a proxy's)."""
    address = request.client.host if request.client else "unknown"
    forwarded = [part.strip() for part in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
    while forwarded and _within(address, settings.trusted_proxies):
        candidate = forwarded.pop()
        try:
            address = str(ip_address(candidate))
        except ValueError:
            break
    return address


def _within(address: str, networks: Iterable[Any]) -> bool:
    try:
        return any(ip_address(address) in network for network in networks)
    except ValueError:
        return False


def address_block(address: str) -> str:
    """An IPv4 address itself, but the /64 of an IPv6 address: one customer has all of that."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed.packed, IPV6_BLOCK), strict=False))

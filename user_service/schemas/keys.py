"""Public keys on the wire (RFC 7517)."""

from typing import Literal

from service_kit.schemas import Output


class JwkOut(Output):
    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str
    kid: str
    use: Literal["sig"]
    alg: Literal["ES256"]


class JwksOut(Output):
    keys: list[JwkOut]

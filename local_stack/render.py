"""Writing into kong.yml what differs between installations: keys, upstreams, CORS origins, limits' factor, traces."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local_stack.errors import StackError
from local_stack.layout import PORTS, ROOT, SERVICES, Layout
from service_kit.tokens import Jwk, thumbprint

SOURCE = ROOT / "kong" / "kong.yml"
TRACES = "OTEL_EXPORTER_OTLP_ENDPOINT"


@dataclass(frozen=True)
class Installation:
    """What one installation is made of. `upstreams` are hosts and ports by the names that stand in kong.yml."""

    public_keys: Sequence[Jwk]
    upstreams: Mapping[str, tuple[str, int]]
    origins: Sequence[str]
    rate_limit_factor: int = 1
    # Where traces are sent by OTLP over HTTP; nowhere when empty.
    traces: str = ""


def installation_of(layout: Layout, environment: Mapping[str, str]) -> Installation:
    return Installation(
        public_keys=json.loads((layout.folder / "jwks.json").read_text())["keys"],
        upstreams={service: ("127.0.0.1", layout.port(service)) for service in SERVICES},
        origins=layout.origins,
        rate_limit_factor=rate_limit_factor(environment),
        traces=environment.get(TRACES, ""),
    )


def installation_given(
    jwks_file: Path, origins: Sequence[str], upstreams: Sequence[str], environment: Mapping[str, str]
) -> Installation:
    """From a command line: upstreams are written SERVICE=HOST:PORT; one that is not given keeps its name and port."""
    named = {service: (service, PORTS[service]) for service in SERVICES}
    for text in upstreams:
        service, _, address = text.partition("=")
        host, _, port = address.rpartition(":")
        if service not in named or not host or not port.isdigit():
            raise StackError(
                f"An upstream is written SERVICE=HOST:PORT, for example user_service=10.0.0.2:8002; got {text}."
            )
        named[service] = (host, int(port))
    keys = json.loads(jwks_file.read_text())["keys"]
    return Installation(keys, named, origins, rate_limit_factor(environment), environment.get(TRACES, ""))


def rate_limit_factor(environment: Mapping[str, str]) -> int:
    """By how much tests and benchmarks raise the limits; in production they stand as they are written."""
    text = environment.get("RATE_LIMIT_FACTOR") or "1"
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise StackError(f"RATE_LIMIT_FACTOR must be a whole number from 1, and is {text!r}.")
    if int(text) != 1 and environment.get("ENVIRONMENT") == "production":
        raise StackError("RATE_LIMIT_FACTOR is for development only; in production it must be 1.")
    return int(text)


def render(installation: Installation, source: Path = SOURCE) -> dict[str, Any]:
    """The whole declarative file for one installation, with its anchors written out."""
    document: dict[str, Any] = yaml.safe_load(source.read_text())
    # A copy without aliases: what is changed below must not change through another name.
    document = json.loads(json.dumps({name: value for name, value in document.items() if name != "_ignore"}))
    for service in document["services"]:
        service["host"], service["port"] = installation.upstreams[service["host"]]
    for plugin in plugins_of(document):
        if plugin["name"] == "cors":
            plugin["config"]["origins"] = list(installation.origins)
        if plugin["name"] == "rate-limiting":
            plugin["config"]["minute"] *= installation.rate_limit_factor
    if installation.traces:
        document["plugins"].append(traced(installation.traces))
    document["consumers"][0]["jwt_secrets"] = [_credential(key) for key in installation.public_keys]
    return document


def to_text(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def plugins_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from document["plugins"]
    for owner in (document, *document["services"]):
        for route in owner["routes"]:
            yield from route["plugins"]


def _credential(key: Jwk) -> dict[str, str]:
    return {"key": thumbprint(key), "algorithm": "ES256", "rsa_public_key": pem_of(key)}


def traced(endpoint: str) -> dict[str, Any]:
    """A span for every request; without `extract`, a client's own word on traces is not heard (ADR 0028)."""
    config = {
        "traces_endpoint": f"{endpoint.rstrip('/')}/v1/traces",
        "resource_attributes": {"service.name": "gateway"},
        "propagation": {"inject": ["w3c"], "default_format": "w3c"},
        "sampling_rate": 1,
    }
    return {"name": "opentelemetry", "config": config}


def pem_of(key: Jwk) -> str:
    numbers = EllipticCurvePublicNumbers(_integer(key["x"]), _integer(key["y"]), SECP256R1())
    return numbers.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _integer(coordinate: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(coordinate + "=" * (-len(coordinate) % 4)))

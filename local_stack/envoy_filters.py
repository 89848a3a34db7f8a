"""Kong's plugins as Envoy's HTTP filters, in the order in which Kong runs them (by the plugins' priorities)."""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from local_stack import kong, kong_plugins

TYPE = "type.googleapis.com/envoy.extensions.filters.http"
CORS, JWT, BUFFER, LIMIT, HEADERS, ROUTER = (
    f"envoy.filters.http.{name}"
    for name in ("cors", "jwt_authn", "buffer", "local_ratelimit", "header_mutation", "router")
)
BUFFER_PER_ROUTE = f"{TYPE}.buffer.v3.BufferPerRoute"
SIGNED_IN = "signed-in"
BUCKETS_MAX = 10_000
MEGABYTE = 2**20


def http_filters(file: kong.KongFile) -> list[dict[str, Any]]:
    size = file.plugin(kong_plugins.RequestSizeLimiting)
    limit = file.plugin(kong_plugins.RateLimiting)
    chain = [
        (HEADERS, header_mutation(file)),
        (CORS, {"@type": f"{TYPE}.cors.v3.Cors"}),
        (JWT, jwt_authn(file)),
        (BUFFER, {"@type": f"{TYPE}.buffer.v3.Buffer", "max_request_bytes": _bytes(size)}),
        (LIMIT, local_ratelimit(limit, "all")),
        (ROUTER, {"@type": f"{TYPE}.router.v3.Router", "suppress_envoy_headers": True}),
    ]
    return [{"name": name, "typed_config": config} for name, config in chain]


def cors_policy(plugin: kong_plugins.Cors) -> dict[str, Any]:
    config = plugin.config
    return {
        "@type": f"{TYPE}.cors.v3.CorsPolicy",
        "allow_origin_string_match": [{"exact": origin} for origin in config.origins],
        "allow_methods": ",".join(config.methods),
        "allow_headers": ",".join(config.headers),
        "expose_headers": ",".join(config.exposed_headers),
        "allow_credentials": config.credentials,
        "max_age": str(config.max_age),
        "forward_not_matching_preflights": False,
    }


def jwt_authn(file: kong.KongFile) -> dict[str, Any]:
    """One provider for all people's keys; routes ask for it by name (`jwt_requirement`)."""
    configs = [plugin.config for plugin in _route_plugins(file, kong_plugins.Jwt)]
    if any(config != configs[0] for config in configs):
        raise kong.NotExpressible("jwt: all routes must use the same settings")
    secrets = [secret for consumer in file.consumers for secret in consumer.jwt_secrets]
    provider = {
        "local_jwks": {"inline_string": _jwks_text(secrets)},
        "require_expiration": True,
        # Zero would mean Envoy's default of a minute.
        "clock_skew_seconds": 1,
        "forward": True,
        "from_headers": [{"name": "Authorization", "value_prefix": prefix} for prefix in ("Bearer ", "bearer ")],
        "from_cookies": configs[0].cookie_names if configs else [],
        "jwt_cache_config": {"jwt_cache_size": 1_000},
    }
    return {
        "@type": f"{TYPE}.jwt_authn.v3.JwtAuthentication",
        "providers": {SIGNED_IN: provider},
        "requirement_map": {SIGNED_IN: {"provider_name": SIGNED_IN}},
    }


def jwt_requirement() -> dict[str, Any]:
    return {"@type": f"{TYPE}.jwt_authn.v3.PerRouteConfig", "requirement_name": SIGNED_IN}


def local_ratelimit(plugin: kong_plugins.RateLimiting, name: str) -> dict[str, Any]:
    """One bucket for each address or header value seen; the least recently used go when there are too many."""
    minute = plugin.config.minute
    bucket = {"max_tokens": minute, "tokens_per_fill": minute, "fill_interval": "60s"}
    counted = list(_counted_by(plugin.config))
    always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    return {
        "@type": f"{TYPE}.local_ratelimit.v3.LocalRateLimit",
        "stat_prefix": f"limit_{name.replace('-', '_')}",
        "filter_enabled": always,
        "filter_enforced": always,
        "max_dynamic_descriptors": BUCKETS_MAX,
        "enable_x_ratelimit_headers": "DRAFT_VERSION_03",
        # Envoy asks for a bucket for what no descriptor matches, which is nothing.
        "token_bucket": {"max_tokens": 2**32 - 1, "tokens_per_fill": 2**32 - 1, "fill_interval": "60s"},
        "always_consume_default_token_bucket": False,
        "rate_limits": [{"actions": actions} for actions, _ in counted],
        "descriptors": [{"entries": entries, "token_bucket": bucket} for _, entries in counted],
        "response_headers_to_add": [{"header": {"key": "Retry-After", "value": str(max(1, 60 // minute))}}],
    }


def _counted_by(config: kong_plugins.RateLimitingConfig) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, str]]]]:
    """What to look at in a request, and the key of its bucket; an entry without a value stands for each value."""
    by_address: dict[str, Any] = {"remote_address": {}}
    address = {"key": "remote_address"}
    if config.limit_by == "ip":
        yield [by_address], [address]
        return
    by_header = {"request_headers": {"header_name": config.header_name, "descriptor_key": "header"}}
    yield [by_header], [{"key": "header"}]
    # As in Kong, a request without the header is counted by its address.
    absent = {"name": config.header_name, "present_match": True, "invert_match": True}
    when_absent = {
        "header_value_match": {"descriptor_key": "header", "descriptor_value": "absent", "headers": [absent]}
    }
    yield [when_absent, by_address], [{"key": "header", "value": "absent"}, address]


def buffer_per_route(plugin: kong_plugins.RequestSizeLimiting) -> dict[str, Any]:
    return {"@type": BUFFER_PER_ROUTE, "buffer": {"max_request_bytes": _bytes(plugin)}}


def header_mutation(file: kong.KongFile) -> dict[str, Any]:
    """First in the chain, so the last to see an answer: Kong's response headers, and its names for the limits' own."""
    plugin = file.plugin(kong_plugins.ResponseTransformer)
    removed = [*(plugin.config.remove.headers if plugin else []), *(f"x-ratelimit-{part}" for part in LIMIT_PARTS)]
    return {
        "@type": f"{TYPE}.header_mutation.v3.HeaderMutation",
        "mutations": {
            "response_mutations": [
                *(
                    {"append": {**header, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}}
                    for header in _rate_limit_headers()
                ),
                *({"append": header} for header in response_headers(file)),
                {"append": {"header": {"key": "Vary", "value": "Origin"}}},
                *({"remove": name} for name in removed),
            ]
        },
    }


LIMIT_PARTS = ("limit", "remaining", "reset")


def _rate_limit_headers() -> Iterator[dict[str, Any]]:
    for part in LIMIT_PARTS:
        yield {"header": {"key": f"RateLimit-{part.title()}", "value": f"%RESP(x-ratelimit-{part})%"}}


def response_headers(file: kong.KongFile) -> list[dict[str, Any]]:
    plugin = file.plugin(kong_plugins.ResponseTransformer)
    lines = plugin.config.add.headers if plugin else []
    return [
        {"header": {"key": key, "value": value}, "append_action": "ADD_IF_ABSENT"} for key, value in map(header, lines)
    ]


def header(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key, value


def _bytes(plugin: kong_plugins.RequestSizeLimiting) -> int:
    return plugin.config.allowed_payload_size * MEGABYTE


def _route_plugins(file: kong.KongFile, kind: type[Any]) -> Iterator[Any]:
    for service in file.services:
        for route in service.routes:
            if plugin := route.plugin(kind):
                yield plugin


def _jwks_text(secrets: Iterable[kong.JwtSecret]) -> str:
    return json.dumps({"keys": [_jwk(secret) for secret in secrets]})


def _jwk(secret: kong.JwtSecret) -> dict[str, str]:
    key = load_pem_public_key(secret.rsa_public_key.encode())
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise kong.NotExpressible(f"consumers.jwt_secrets.{secret.key}.rsa_public_key: ES256 needs a key on P-256")
    numbers = key.public_numbers()

    def coordinate(value: int) -> str:
        return base64.urlsafe_b64encode(value.to_bytes(32)).decode().rstrip("=")

    point = {"x": coordinate(numbers.x), "y": coordinate(numbers.y)}
    return {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": secret.key, **point}

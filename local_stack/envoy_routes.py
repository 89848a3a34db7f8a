"""Kong's services and routes as Envoy's clusters and virtual host."""

import re
from collections.abc import Iterator
from typing import Any

from local_stack import envoy_filters as filters
from local_stack import envoy_traces, kong, kong_plugins

HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
# What a service has in hand, and what may wait for it. More are turned away at once with 503: in a longer queue all
# would wait until nobody wants the answers any more, and a service that says no itself has less time to say yes.
IN_HAND_MAX, WAITING_MAX = 100, 100
# A service of kong.yml that may pause longer holds streams, which are open for hours; it counts them itself.
STREAM_PAUSE_MS = 300_000


def virtual_host(file: kong.KongFile) -> dict[str, Any]:
    host: dict[str, Any] = {"name": "gateway", "domains": ["*"], "routes": [_no_tunnels(), *_routes(file)]}
    if cors := file.plugin(kong_plugins.Cors):
        host["typed_per_filter_config"] = {filters.CORS: filters.cors_policy(cors)}
    return host


def _no_tunnels() -> dict[str, Any]:
    """CONNECT has a body without end, for which the size limit would wait; Kong refuses the method too."""
    return {
        "name": "no-tunnels",
        "match": {"connect_matcher": {}},
        "direct_response": {"status": 405},
        "typed_per_filter_config": {filters.BUFFER: {"@type": filters.BUFFER_PER_ROUTE, "disabled": True}},
    }


def _routes(file: kong.KongFile) -> Iterator[dict[str, Any]]:
    pairs: list[tuple[kong.Route, kong.Service | None]] = [(route, None) for route in file.routes]
    pairs += [(route, service) for service in file.services for route in service.routes]
    # Kong tries the regular expressions of a higher priority first, Envoy those that stand first.
    for route, service in sorted(pairs, key=lambda pair: -pair[0].regex_priority):
        for path in route.paths:
            yield _route(route, service, Pattern(route.name, path.removeprefix("~")))


def _route(route: kong.Route, service: kong.Service | None, pattern: "Pattern") -> dict[str, Any]:
    return {
        "name": route.name,
        "match": {"safe_regex": {"regex": pattern.whole_path}},
        **_action(route, service, pattern),
        "decorator": envoy_traces.decorator(route.name),
        "typed_per_filter_config": _per_route(route),
    }


def _per_route(route: kong.Route) -> dict[str, Any]:
    configs: dict[str, Any] = {}
    if route.plugin(kong_plugins.Jwt):
        configs[filters.JWT] = filters.jwt_requirement()
    if limit := route.plugin(kong_plugins.RateLimiting):
        configs[filters.LIMIT] = filters.local_ratelimit(limit, route.name)
    if size := route.plugin(kong_plugins.RequestSizeLimiting):
        configs[filters.BUFFER] = filters.buffer_per_route(size)
    return configs


def _action(route: kong.Route, service: kong.Service | None, pattern: "Pattern") -> dict[str, Any]:
    termination = route.plugin(kong_plugins.RequestTermination)
    if termination:
        return {
            "direct_response": {
                "status": termination.config.status_code,
                "body": {"inline_string": termination.config.message},
            }
        }
    if service is None:
        raise kong.NotExpressible(f"routes.{route.name}: a route without a service needs request-termination")
    transformer = route.plugin(kong_plugins.RequestTransformer)
    if transformer is None:
        raise kong.NotExpressible(f"routes.{route.name}: a route to a service needs request-transformer")
    return {
        "route": {
            "cluster": service.name,
            "regex_rewrite": {"pattern": {"regex": pattern.whole_path}, "substitution": rf"\{pattern.index('rest')}"},
            # Kong's read_timeout is the longest pause between two reads, not the whole answer's time.
            "timeout": "0s",
            "idle_timeout": f"{service.read_timeout / 1000}s",
            "retry_policy": {"retry_on": "connect-failure,reset-before-request", "num_retries": service.retries},
        },
        "request_headers_to_remove": [*transformer.config.remove.headers, "X-Envoy-External-Address"],
        "request_headers_to_add": list(_forwarding_headers()),
    }


def _forwarding_headers() -> Iterator[dict[str, Any]]:
    """Who called and what, in the gateway's own words only: a client's never arrive.

    Envoy itself would forward the machine's own address in the place of a loopback caller's.
    """
    for key, value in {
        "X-Forwarded-For": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
        "X-Real-IP": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
        "X-Forwarded-Host": "%REQ(:AUTHORITY)%",
        "X-Forwarded-Port": "%DOWNSTREAM_LOCAL_PORT%",
        "X-Forwarded-Path": "%PATH(NQ:ORIG_OR_PATH)%",
    }.items():
        yield {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def clusters(file: kong.KongFile) -> list[dict[str, Any]]:
    traces = file.plugin(kong_plugins.OpenTelemetry)
    collector = [_cluster(envoy_traces.COLLECTOR, *envoy_traces.address(traces))] if traces else []
    return [*(_service(service) for service in file.services), *collector]


def _service(service: kong.Service) -> dict[str, Any]:
    streams = service.read_timeout > STREAM_PAUSE_MS
    return {
        **_cluster(service.name, service.host, service.port),
        **({} if streams else {"circuit_breakers": {"thresholds": [_thresholds()]}}),
        "connect_timeout": f"{service.connect_timeout / 1000}s",
        "typed_extension_protocol_options": {HTTP_OPTIONS: _http_options()},
    }


def _cluster(name: str, host: str, port: int) -> dict[str, Any]:
    address = {"socket_address": {"address": host, "port_value": port}}
    return {
        "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
        "name": name,
        "type": "STRICT_DNS",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
    }


def _thresholds() -> dict[str, int]:
    return {"max_connections": IN_HAND_MAX, "max_pending_requests": WAITING_MAX}


def _http_options() -> dict[str, Any]:
    return {
        "@type": f"type.googleapis.com/{HTTP_OPTIONS}",
        "explicit_http_config": {"http_protocol_options": {}},
        # Shorter than the services' own (75 s), so that no request is sent on a connection that is being closed.
        "common_http_protocol_options": {"idle_timeout": "60s"},
    }


class Pattern:
    """A route's regular expression. Kong anchors it at the start only and names its groups; RE2 is given numbers."""

    def __init__(self, route: str, text: str) -> None:
        self.route = route
        self.text = text
        plain = kong.NAMED_GROUP.sub("(", text)
        self.whole_path = plain[:-1] if plain.endswith("$") else plain + ".*"
        try:
            # Python writes a named group as (?P<name>; it is asked for the numbers only.
            self.groups = re.compile(kong.NAMED_GROUP.sub(r"(?P<\1>", text)).groupindex
        except re.error as error:
            raise kong.NotExpressible(f"routes.{route}.paths: {error}") from error

    def index(self, group: str) -> int:
        if group not in self.groups:
            raise kong.NotExpressible(f"routes.{self.route}.paths: has no group named {group}")
        return self.groups[group]

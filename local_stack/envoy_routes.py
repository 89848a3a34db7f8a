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
# A process that leaves goes on for longer than this, so that no request is sent on a connection it closes (ADR 0029).
UPSTREAM_IDLE = "3s"
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
        patterns = [Pattern(route.name, path.removeprefix("~")) for path in route.paths]
        if service is None or route.plugin(kong_plugins.RequestTermination):
            # Nothing of the path is needed, so that one expression does: each is tried at every request.
            whole_paths = "|".join(each.whole_path for each in patterns)
            yield _route(route, {"safe_regex": {"regex": whole_paths}}, _closed(route))
        else:
            yield from (_route(route, each.match, _forward(route, service, each)) for each in patterns)


def _route(route: kong.Route, match: dict[str, Any], action: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": route.name,
        "match": match,
        **action,
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


def _closed(route: kong.Route) -> dict[str, Any]:
    termination = route.plugin(kong_plugins.RequestTermination)
    if termination is None:
        raise kong.NotExpressible(f"routes.{route.name}: a route without a service needs request-termination")
    config = termination.config
    return {"direct_response": {"status": config.status_code, "body": {"inline_string": config.message}}}


def _forward(route: kong.Route, service: kong.Service, pattern: "Pattern") -> dict[str, Any]:
    transformer = route.plugin(kong_plugins.RequestTransformer)
    if transformer is None:
        raise kong.NotExpressible(f"routes.{route.name}: a route to a service needs request-transformer")
    return {
        "route": {
            "cluster": service.name,
            **pattern.rewrite,
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
        "common_http_protocol_options": {"idle_timeout": UPSTREAM_IDLE},
    }


# `/api/v1(?<rest>/users(/.*)?)$` and `/api/v1(?<rest>/alerts/stream)$`: a folder, or a single path.
PLAIN = re.compile(r"(?P<base>[\w/-]*)\(\?<rest>(?P<rest>(?:[\w/-]|\\\.)*[\w-])(?P<below>\(/\.\*\)\?)?\)\$")


class Pattern:
    """A route's regular expression. Kong anchors it at the start only and names its groups; RE2 is given numbers.

    One that says no more than a folder or a path is given to Envoy as such: until one fits, all are tried at every
    request, and to compare costs less.
    """

    def __init__(self, route: str, text: str) -> None:
        self.route = route
        self.text = text
        self.plain = PLAIN.fullmatch(text)
        plain = kong.NAMED_GROUP.sub("(", text)
        self.whole_path = plain[:-1] if plain.endswith("$") else plain + ".*"
        try:
            # Python writes a named group as (?P<name>; it is asked for the numbers only.
            self.groups = re.compile(kong.NAMED_GROUP.sub(r"(?P<\1>", text)).groupindex
        except re.error as error:
            raise kong.NotExpressible(f"routes.{route}.paths: {error}") from error

    @property
    def match(self) -> dict[str, Any]:
        if self.plain is None:
            return {"safe_regex": {"regex": self.whole_path}}
        return {"path_separated_prefix" if self.plain["below"] else "path": self.plain["base"] + self._rest(self.plain)}

    @property
    def rewrite(self) -> dict[str, Any]:
        if self.plain is None:
            substitution = rf"\{self._index('rest')}"
            return {"regex_rewrite": {"pattern": {"regex": self.whole_path}, "substitution": substitution}}
        return {"prefix_rewrite": self._rest(self.plain)}

    def _rest(self, plain: re.Match[str]) -> str:
        return plain["rest"].replace("\\", "")

    def _index(self, group: str) -> int:
        if group not in self.groups:
            raise kong.NotExpressible(f"routes.{self.route}.paths: has no group named {group}")
        return self.groups[group]

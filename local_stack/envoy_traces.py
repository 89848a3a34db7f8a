"""Kong's opentelemetry plugin as Envoy's tracer: a span for each request, the parent of the service's own."""

from typing import Any
from urllib.parse import urlsplit

from local_stack import kong_plugins

TYPE = "type.googleapis.com/envoy"
COLLECTOR = "traces"
EXPORT_LIMIT = "2s"
# Envoy would write these of a request into its span: who called, what for, and whatever the client pleases.
NOT_TOLD = ("http.url", "peer.address", "user_agent", "guid:x-request-id")
# A client's word on traces, which Envoy would believe. On a route they could be removed only after it has.
NOT_HEARD = ("traceparent", "tracestate", "x-client-trace-id")


def tracing(plugin: kong_plugins.OpenTelemetry | None) -> dict[str, Any]:
    """What the connection manager is told about traces."""
    if plugin is None:
        return {}
    tracer = {
        "@type": f"{TYPE}.config.trace.v3.OpenTelemetryConfig",
        "service_name": plugin.config.resource_attributes["service.name"],
        "http_service": {
            "http_uri": {"uri": plugin.config.traces_endpoint, "cluster": COLLECTOR, "timeout": EXPORT_LIMIT}
        },
    }
    return {
        "tracing": {
            "provider": {"name": "envoy.tracers.opentelemetry", "typed_config": tracer},
            # A tag of the same name takes the place of Envoy's.
            "custom_tags": [{"tag": name, "literal": {"value": "-"}} for name in NOT_TOLD],
        },
        "early_header_mutation_extensions": [_forget(NOT_HEARD)],
        "request_id_extension": {"typed_config": _request_ids()},
    }


def _forget(names: tuple[str, ...]) -> dict[str, Any]:
    extension = "http.early_header_mutation.header_mutation"
    mutation = {
        "@type": f"{TYPE}.extensions.{extension}.v3.HeaderMutation",
        "mutations": [{"remove": name} for name in names],
    }
    return {"name": f"envoy.{extension}", "typed_config": mutation}


def _request_ids() -> dict[str, Any]:
    """By default Envoy writes its choice of what to trace into the id, and traces no request whose id is another's."""
    return {
        "@type": f"{TYPE}.extensions.request_id.uuid.v3.UuidRequestIdConfig",
        "pack_trace_reason": False,
        "use_request_id_for_trace_sampling": False,
    }


def decorator(route: str) -> dict[str, Any]:
    """The name of a request's span."""
    return {"operation": route, "propagate": False}


def address(plugin: kong_plugins.OpenTelemetry) -> tuple[str, int]:
    """The host and the port of the collector."""
    url = urlsplit(plugin.config.traces_endpoint)
    return str(url.hostname), url.port or 80

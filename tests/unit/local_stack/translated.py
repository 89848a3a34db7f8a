"""Looking things up in a translation."""

from typing import Any

from local_stack import envoy, envoy_routes, kong


def route_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    routes = envoy_routes.virtual_host(kong.parse(document))["routes"]
    return next(route for route in routes if route["name"] == name)


def filter_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    filters = envoy.connection_manager(kong.parse(document))["http_filters"]
    return next(each["typed_config"] for each in filters if each["name"] == name)


def added(headers: list[dict[str, Any]]) -> dict[str, str]:
    return {each["header"]["key"]: each["header"]["value"] for each in headers}

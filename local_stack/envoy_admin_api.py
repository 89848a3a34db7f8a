"""Kong's Admin API on a machine without Kong, to look at only: what kong.yml says, told by the gateway itself.

Any web page can send requests to a loopback port. So nothing but GET is answered, only by a name of this machine (else
a page could point its own name here), and no origin may read what comes back.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from local_stack import kong
from local_stack.envoy_filters import ROUTER, TYPE
from local_stack.kong_plugins import Entity

Told = dict[str, Any]
# Ids follow from names, so that they are the same each time.
IDS = UUID("6b1d0f0e-6f5c-4d0e-9d6e-3d6a3a6c1f5e")
BYTES_MAX = 1_000_000
HCM = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


def connection_manager(file: kong.KongFile, port: int) -> dict[str, Any]:
    own_names = [f"{name}:{port}" for name in ("localhost", "127.0.0.1")]
    told = [_reply(200, body, {"path": path}, "GET") for path, body in answers(file).items()]
    nothing = [_reply(404, {"message": "Not found"}, {"prefix": "/"}, "GET")]
    refused = [_reply(405, {"message": "Method not allowed"}, {"prefix": "/"})]
    elsewhere = [_reply(403, {"message": "Unknown host"}, {"prefix": "/"})]
    return {
        "@type": f"type.googleapis.com/{HCM}",
        "stat_prefix": "admin_api",
        "request_headers_timeout": "10s",
        "http_filters": [{"name": ROUTER, "typed_config": {"@type": f"{TYPE}.router.v3.Router"}}],
        "route_config": {
            "name": "admin-api",
            "max_direct_response_body_size_bytes": BYTES_MAX,
            "virtual_hosts": [
                {"name": "admin-api", "domains": own_names, "routes": [*told, *nothing, *refused]},
                {"name": "elsewhere", "domains": ["*"], "routes": elsewhere},
            ],
        },
    }


def answers(file: kong.KongFile) -> dict[str, Told]:
    """What each path says, in Kong's shape: `/services` has `{data, next}`, `/services/user_service` that one."""
    services = [_entity("services", each.name, each, "routes") for each in file.services]
    routes = list(_routes(file))
    plugins = list(_plugins(file))
    consumers = [_entity("consumers", each.username, each, "jwt_secrets") for each in file.consumers]
    told = {"/": {"configuration": {"database": "off"}, "plugins": {"enabled_in_cluster": _names(plugins)}}}
    for kind, entities in {"services": services, "routes": routes, "plugins": plugins, "consumers": consumers}.items():
        told[f"/{kind}"] = _page(entities)
        told |= {f"/{kind}/{each['id']}": each for each in entities}
    for kind, entities in {"services": services, "routes": routes}.items():
        told |= {f"/{kind}/{each['name']}": each for each in entities}
    told |= {f"/consumers/{each.username}/jwt": _page(list(_keys(each))) for each in file.consumers}
    told |= {f"/services/{each['name']}/routes": _page(_of(routes, "service", each)) for each in services}
    told |= {f"/routes/{each['name']}/plugins": _page(_of(plugins, "route", each)) for each in routes}
    return told


def _routes(file: kong.KongFile) -> Iterator[Told]:
    pairs: list[tuple[kong.Route, kong.Service | None]] = [(route, None) for route in file.routes]
    pairs += [(route, service) for service in file.services for route in service.routes]
    for route, service in pairs:
        of = None if service is None else {"id": _id("services", service.name)}
        yield _entity("routes", route.name, route, "plugins") | {"service": of}


def _plugins(file: kong.KongFile) -> Iterator[Told]:
    owned: list[tuple[str, Entity]] = [("", plugin) for plugin in file.plugins]
    for route in [*file.routes, *(route for service in file.services for route in service.routes)]:
        owned += [(route.name, plugin) for plugin in route.plugins]
    for owner, plugin in owned:
        of = {"id": _id("routes", owner)} if owner else None
        fields = _entity("plugins", "", plugin)
        yield {**fields, "id": _id("plugins", f"{owner}/{fields['name']}"), "enabled": True, "route": of}


def _keys(consumer: kong.Consumer) -> Iterator[Told]:
    for secret in consumer.jwt_secrets:
        yield _entity("jwt_secrets", secret.key, secret)


def _entity(kind: str, name: str, entity: Entity, *apart: str) -> Told:
    """One thing by itself: what stands `apart` has a list of its own."""
    fields = entity.model_dump(mode="json", exclude={"comment", *apart}, exclude_none=True)
    return {"id": _id(kind, name), **fields}


def _id(kind: str, name: str) -> str:
    return str(uuid5(IDS, f"{kind}/{name}"))


def _names(entities: Sequence[Told]) -> list[str]:
    return sorted({each["name"] for each in entities})


def _of(entities: Sequence[Told], owner: str, one: Told) -> list[Told]:
    return [each for each in entities if each[owner] == {"id": one["id"]}]


def _page(entities: Sequence[Told]) -> Told:
    return {"data": entities, "next": None}


def _reply(status: int, body: Told, match: Mapping[str, Any], method: str | None = None) -> dict[str, Any]:
    headers = [{"name": ":method", "string_match": {"exact": method}}] if method else []
    content_type = {"header": {"key": "content-type", "value": "application/json"}}
    return {
        "match": {**match, "headers": headers},
        "direct_response": {"status": status, "body": {"inline_string": json.dumps(body)}},
        "response_headers_to_add": [content_type | {"append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}],
    }

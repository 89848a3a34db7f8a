"""What the translator cannot express it refuses by name, and what it can it takes."""

from collections.abc import Callable
from typing import Any

import pytest

from local_stack import envoy, kong

Changed = Callable[..., dict[str, Any]]

JWT = "services.user_service.routes.users.plugins.jwt"
LIMIT = "services.user_service.routes.sign-in.plugins.rate-limiting"
TRANSFORMER = "services.user_service.routes.users.plugins.request-transformer"
SIZE = "services.survey_service.routes.survey-import.plugins.request-size-limiting"
TERMINATION = "routes.closed.plugins.request-termination"
CREDENTIAL = "consumers.people.jwt_secrets"

# Where, what is written there, and the name the refusal must have.
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("", {"upstreams": []}, "upstreams"),
    ("", {"_format_version": "2.1"}, "_format_version"),
    ("", {"_transform": False}, "_transform"),
    ("", {"certificates": []}, "certificates"),
    ("", {"consumers": None}, "consumers"),
    ("services.user_service", {"protocol": "https"}, "services.user_service.protocol"),
    ("services.user_service", {"path": "/x"}, "services.user_service.path"),
    ("services.user_service", {"url": "http://x"}, "services.user_service.url"),
    ("services.user_service", {"port": None}, "services.user_service.port"),
    ("services.user_service", {"read_timeout": None}, "services.user_service.read_timeout"),
    ("services.user_service", {"retries": None}, "services.user_service.retries"),
    ("services.user_service", {"tls_verify": True}, "services.user_service.tls_verify"),
    ("services.user_service", {"plugins": []}, "services.user_service.plugins"),
    ("services.user_service.routes.users", {"methods": ["GET"]}, "routes.users.methods"),
    ("services.user_service.routes.users", {"hosts": ["x"]}, "routes.users.hosts"),
    ("services.user_service.routes.users", {"headers": {"x": ["y"]}}, "routes.users.headers"),
    ("services.user_service.routes.users", {"protocols": ["https"]}, "routes.users.protocols"),
    ("services.user_service.routes.users", {"strip_path": True}, "routes.users.strip_path"),
    ("services.user_service.routes.users", {"strip_path": None}, "routes.users.strip_path"),
    ("services.user_service.routes.users", {"preserve_host": None}, "routes.users.preserve_host"),
    ("services.user_service.routes.users", {"request_buffering": False}, "routes.users.request_buffering"),
    ("services.user_service.routes.users", {"paths": ["/api/v1/users"]}, "routes.users.paths"),
    ("services.user_service.routes.users", {"paths": []}, "routes.users.paths"),
    (JWT, {"enabled": False}, "plugins.jwt.enabled"),
    (JWT, {"ordering": {}}, "plugins.jwt.ordering"),
    (f"{JWT}.config", {"claims_to_verify": None}, "jwt.config.claims_to_verify"),
    (f"{JWT}.config", {"claims_to_verify": ["nbf"]}, "jwt.config.claims_to_verify"),
    (f"{JWT}.config", {"claims_to_verify": ["exp", "exp"]}, "jwt.config.claims_to_verify"),
    (f"{JWT}.config", {"uri_param_names": None}, "jwt.config.uri_param_names"),
    (f"{JWT}.config", {"uri_param_names": ["jwt"]}, "jwt.config.uri_param_names"),
    (f"{JWT}.config", {"key_claim_name": "iss"}, "jwt.config.key_claim_name"),
    (f"{JWT}.config", {"header_names": ["x-token"]}, "jwt.config.header_names"),
    (f"{JWT}.config", {"run_on_preflight": False}, "jwt.config.run_on_preflight"),
    (f"{JWT}.config", {"anonymous": "somebody"}, "jwt.config.anonymous"),
    (f"{JWT}.config", {"maximum_expiration": 900}, "jwt.config.maximum_expiration"),
    (f"{JWT}.config", {"secret_is_base64": True}, "jwt.config.secret_is_base64"),
    (f"{LIMIT}.config", {"minute": 0}, "rate-limiting.config.minute"),
    (f"{LIMIT}.config", {"minute": "60"}, "rate-limiting.config.minute"),
    (f"{LIMIT}.config", {"hour": 60}, "rate-limiting.config.hour"),
    (f"{LIMIT}.config", {"limit_by": "consumer"}, "rate-limiting.config.limit_by"),
    (f"{LIMIT}.config", {"limit_by": "header"}, "rate-limiting.config: Value error, header_name"),
    (f"{LIMIT}.config", {"policy": "redis"}, "rate-limiting.config.policy"),
    (f"{LIMIT}.config", {"policy": None}, "rate-limiting.config.policy"),
    (f"{LIMIT}.config", {"path": "/x"}, "rate-limiting.config.path"),
    (f"{LIMIT}.config", {"error_code": 503}, "rate-limiting.config.error_code"),
    (f"{LIMIT}.config", {"hide_client_headers": True}, "rate-limiting.config.hide_client_headers"),
    (f"{TRANSFORMER}.config", {"append": {}}, "request-transformer.config.append"),
    (f"{TRANSFORMER}.config", {"rename": {}}, "request-transformer.config.rename"),
    (f"{TRANSFORMER}.config", {"http_method": "POST"}, "request-transformer.config.http_method"),
    (f"{TRANSFORMER}.config.replace", {"uri": "/fixed"}, "request-transformer.config.replace.uri"),
    (f"{TRANSFORMER}.config.remove", {"querystring": ["x"]}, "request-transformer.config.remove.querystring"),
    (f"{TRANSFORMER}.config", {"add": {"headers": ["X-A:1"]}}, "request-transformer.config.add"),
    (f"{SIZE}.config", {"size_unit": "bytes"}, "request-size-limiting.config.size_unit"),
    (f"{SIZE}.config", {"require_content_length": True}, "request-size-limiting.config.require_content_length"),
    (f"{TERMINATION}.config", {"status_code": 503}, "request-termination.config.status_code"),
    (f"{TERMINATION}.config", {"body": "x"}, "request-termination.config.body"),
    (f"{TERMINATION}.config", {"trigger": "x"}, "request-termination.config.trigger"),
    ("plugins.correlation-id.config", {"header_name": "X-Other"}, "correlation-id.config.header_name"),
    ("plugins.correlation-id.config", {"generator": "tracker"}, "correlation-id.config.generator"),
    ("plugins.correlation-id.config", {"echo_downstream": False}, "correlation-id.config.echo_downstream"),
    ("plugins.cors.config", {"origins": ["*", "http://a"]}, "cors.config.origins"),
    ("plugins.cors.config", {"origins": ["http://a"]}, "cors.config.origins"),
    ("plugins.cors.config", {"origins": ["http://a", "http://.*[.]b"]}, "cors.config.origins"),
    ("plugins.cors.config", {"preflight_continue": True}, "cors.config.preflight_continue"),
    ("plugins.cors.config", {"private_network": True}, "cors.config.private_network"),
    ("plugins.response-transformer.config", {"replace": {}}, "response-transformer.config.replace"),
    ("plugins.response-transformer.config.add", {"json": ["a:b"]}, "response-transformer.config.add.json"),
    ("plugins.prometheus", {"config": {"per_consumer": True}}, "plugins.prometheus.config"),
    ("consumers.people", {"acls": []}, "consumers.people.acls"),
    ("consumers.people", {"custom_id": "7"}, "consumers.people.custom_id"),
]


@pytest.mark.parametrize(("place", "fields", "name"), REFUSED)
def test_what_cannot_be_expressed_is_refused_by_name(
    changed: Changed, place: str, fields: dict[str, Any], name: str
) -> None:
    with pytest.raises(kong.NotExpressible) as refusal:
        kong.parse(changed(place, **fields))
    assert name in str(refusal.value)


@pytest.mark.parametrize("plugin", ["acl", "ip-restriction", "pre-function", "key-auth", "jwt-signer", "proxy-cache"])
@pytest.mark.parametrize("place", ["", "services.user_service.routes.users"])
def test_any_other_plugin_is_refused_by_name(changed: Changed, plugin: str, place: str) -> None:
    document = changed(place, plugins=[{"name": plugin, "config": {}}])
    with pytest.raises(kong.NotExpressible, match=plugin):
        kong.parse(document)


@pytest.mark.parametrize("plugin", ["jwt", "request-transformer", "request-termination"])
def test_a_plugin_in_a_scope_of_its_own_is_refused_elsewhere(changed: Changed, plugin: str) -> None:
    with pytest.raises(kong.NotExpressible, match=rf"plugins.*{plugin}"):
        kong.parse(changed("", plugins=[{"name": plugin, "config": {}}]))


def test_every_bad_place_is_named_at_once(changed: Changed) -> None:
    document = changed(f"{JWT}.config", anonymous="x", maximum_expiration=1)
    with pytest.raises(kong.NotExpressible) as refusal:
        kong.parse(document)
    assert len(str(refusal.value).splitlines()) == 2


def test_two_of_one_name_are_refused(rendered: dict[str, Any]) -> None:
    twice = {**rendered, "plugins": [*rendered["plugins"], {"name": "prometheus"}]}
    with pytest.raises(kong.NotExpressible, match=r"plugins\.prometheus: stands twice"):
        kong.parse(twice)
    user_service, *others = rendered["services"]
    with pytest.raises(kong.NotExpressible, match=r"routes\.users: stands twice"):
        kong.parse({**rendered, "services": [user_service, {**user_service, "name": "copy"}, *others]})


@pytest.mark.parametrize(
    ("place", "fields"),
    [
        ("", {}),
        ("", {"_comment": "a remark"}),
        ("services.user_service", {"_comment": "a remark", "read_timeout": 1, "retries": 0}),
        ("services.user_service.routes.users", {"regex_priority": 7, "response_buffering": False}),
        (f"{JWT}.config", {"run_on_preflight": None}),
        (f"{LIMIT}.config", {"minute": 1, "limit_by": "header", "header_name": "X-Key"}),
        (f"{SIZE}.config", {"allowed_payload_size": 3, "size_unit": None}),
        ("plugins.cors.config", {"origins": ["https://a.example", "http://127.0.0.1:1"], "max_age": 0}),
        ("plugins.response-transformer.config", {"remove": None}),
    ],
)
def test_what_can_be_expressed_is_taken(changed: Changed, place: str, fields: dict[str, Any]) -> None:
    assert envoy.connection_manager(kong.parse(changed(place, **fields)))

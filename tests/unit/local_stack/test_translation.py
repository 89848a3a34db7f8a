"""Every field of the subset, found again in Envoy's configuration."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local_stack import envoy, envoy_filters, envoy_problems, envoy_routes, kong, render
from local_stack.keys import new_key
from service_kit.tokens import Jwk, public_jwk_of

Changed = Callable[..., dict[str, Any]]
USERS = "services.user_service.routes.users"


def route_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    routes = envoy_routes.virtual_host(kong.parse(document))["routes"]
    return next(route for route in routes if route["name"] == name)


def filter_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    filters = envoy.connection_manager(kong.parse(document))["http_filters"]
    return next(each["typed_config"] for each in filters if each["name"] == name)


def added(headers: list[dict[str, Any]]) -> dict[str, str]:
    return {each["header"]["key"]: each["header"]["value"] for each in headers}


def test_filters_stand_in_the_order_in_which_kong_runs_its_plugins(rendered: dict[str, Any]) -> None:
    names = [each["name"].rpartition(".")[2] for each in envoy.connection_manager(kong.parse(rendered))["http_filters"]]
    assert names == ["header_mutation", "cors", "jwt_authn", "buffer", "local_ratelimit", "router"]


def test_a_route_matches_the_whole_path_and_cuts_the_prefix_off(rendered: dict[str, Any]) -> None:
    route = route_of(rendered, "users")
    assert route["match"] == {"safe_regex": {"regex": "/api/v1(/users(/.*)?)"}}
    assert route["route"]["regex_rewrite"] == {
        "pattern": {"regex": "/api/v1(/users(/.*)?)"},
        "substitution": r"\1",
    }
    assert route["route"]["cluster"] == "user_service"


def test_the_group_that_stays_is_found_by_its_number(changed: Changed) -> None:
    route = route_of(changed(USERS, paths=["~/(api|rest)/v1(?<rest>/users)$"]), "users")
    assert route["match"]["safe_regex"]["regex"] == "/(api|rest)/v1(/users)"
    assert route["route"]["regex_rewrite"]["substitution"] == r"\2"


def test_an_expression_that_is_open_at_its_end_stays_open(changed: Changed) -> None:
    route = route_of(changed("routes.closed", paths=["~/api/v1/internal(/|$)"]), "closed")
    assert route["match"]["safe_regex"]["regex"] == "/api/v1/internal(/|$).*"


def test_every_path_of_a_route_is_a_route(rendered: dict[str, Any]) -> None:
    routes = envoy_routes.virtual_host(kong.parse(rendered))["routes"]
    assert sum(route["name"] == "sign-in" for route in routes) == 2


def test_a_higher_priority_stands_first(changed: Changed) -> None:
    document = changed(USERS, regex_priority=1_000)
    names = [route["name"] for route in envoy_routes.virtual_host(kong.parse(document))["routes"]]
    assert names[:3] == ["no-tunnels", "users", "closed"]


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["~/api/v1/users$"], "no group named rest"),
        (["~/api/v1(?<rest>/users$"], "routes.users.paths"),
        (["~/api/v1(?<other>/users)$"], "no group named rest"),
    ],
)
def test_a_path_that_cannot_be_rewritten_is_refused(changed: Changed, paths: list[str], words: str) -> None:
    with pytest.raises(kong.NotExpressible, match=words):
        route_of(changed(USERS, paths=paths), "users")


def test_a_header_may_repeat_a_group_that_is_one_word_only(changed: Changed) -> None:
    add = {"headers": ["X-Where:/at/$(uri_captures.place)"]}
    transformer = f"{USERS}.plugins.request-transformer.config"
    document = changed(transformer, add=add)
    path = document["services"][0]["routes"][4]
    path["paths"] = ["~/api/(?<place>v1)(?<rest>/users)$"]
    assert added(route_of(document, "users")["request_headers_to_add"])["X-Where"] == "/at/v1"
    path["paths"] = ["~/api/(?<place>v[12])(?<rest>/users)$"]
    with pytest.raises(kong.NotExpressible, match="the group place is not a plain word"):
        route_of(document, "users")


def test_times_and_retries_are_the_services(changed: Changed) -> None:
    document = changed("services.user_service", connect_timeout=1_500, read_timeout=2_500, retries=7)
    action = route_of(document, "users")["route"]
    assert (action["timeout"], action["idle_timeout"]) == ("0s", "2.5s")
    assert action["retry_policy"] == {"retry_on": "connect-failure,reset-before-request", "num_retries": 7}
    clusters = {each["name"]: each for each in envoy_routes.clusters(kong.parse(document))}
    assert clusters["user_service"]["connect_timeout"] == "1.5s"


def test_a_stream_may_pause_for_an_hour(rendered: dict[str, Any]) -> None:
    action = route_of(rendered, "alert-stream")["route"]
    assert (action["cluster"], action["timeout"], action["idle_timeout"]) == ("alert_stream", "0s", "3600.0s")


def test_a_service_is_a_cluster_at_its_host_and_port(changed: Changed) -> None:
    document = changed("services.user_service", host="10.0.0.7", port=81)
    cluster = next(each for each in envoy_routes.clusters(kong.parse(document)) if each["name"] == "user_service")
    endpoint = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
    assert endpoint["address"]["socket_address"] == {"address": "10.0.0.7", "port_value": 81}


def test_only_routes_with_jwt_ask_for_a_token(rendered: dict[str, Any]) -> None:
    asks = {
        route["name"]: envoy_filters.JWT in route["typed_per_filter_config"]
        for route in envoy_routes.virtual_host(kong.parse(rendered))["routes"]
    }
    assert asks["users"]
    assert asks["alert-stream"]
    assert not asks["sign-in"]
    assert not asks["closed"]


def test_credentials_are_keys_by_their_id(rendered: dict[str, Any], public_key: Jwk) -> None:
    provider = filter_of(rendered, envoy_filters.JWT)["providers"][envoy_filters.SIGNED_IN]
    assert json.loads(provider["local_jwks"]["inline_string"]) == {"keys": [public_key]}
    assert provider["require_expiration"] is True
    assert provider["from_cookies"] == ["access_token"]
    assert {each["name"] for each in provider["from_headers"]} == {"Authorization"}
    assert "from_params" not in provider
    assert provider["forward"] is True


def test_a_key_of_another_kind_is_refused(changed: Changed, public_key: Jwk) -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    other = generate_private_key(SECP384R1()).public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    document = changed(f"consumers.people.jwt_secrets.{public_key['kid']}", rsa_public_key=pem)
    with pytest.raises(kong.NotExpressible, match="needs a key on P-256"):
        filter_of(document, envoy_filters.JWT)


def test_routes_that_check_tokens_differently_are_refused(changed: Changed) -> None:
    document = changed(f"{USERS}.plugins.jwt.config", cookie_names=[])
    with pytest.raises(kong.NotExpressible, match="jwt: all routes must use the same settings"):
        filter_of(document, envoy_filters.JWT)


def test_a_limit_by_address_counts_addresses(changed: Changed) -> None:
    document = changed("services.user_service.routes.sign-in.plugins.rate-limiting.config", minute=7)
    limit = route_of(document, "sign-in")["typed_per_filter_config"][envoy_filters.LIMIT]
    assert limit["rate_limits"] == [{"actions": [{"remote_address": {}}]}]
    assert limit["descriptors"] == [
        {
            "entries": [{"key": "remote_address"}],
            "token_bucket": {"max_tokens": 7, "tokens_per_fill": 7, "fill_interval": "60s"},
        }
    ]
    assert added(limit["response_headers_to_add"]) == {"Retry-After": "8"}


def test_a_limit_by_header_counts_its_values_and_addresses_without_it(rendered: dict[str, Any]) -> None:
    limit = filter_of(rendered, envoy_filters.LIMIT)
    by_header, by_address = (each["actions"] for each in limit["rate_limits"])
    assert by_header == [{"request_headers": {"header_name": "Authorization", "descriptor_key": "header"}}]
    assert by_address[0]["header_value_match"]["headers"][0]["invert_match"] is True
    assert by_address[1] == {"remote_address": {}}
    keys = [[entry["key"] for entry in each["entries"]] for each in limit["descriptors"]]
    assert keys == [["header"], ["header", "remote_address"]]


def test_sizes_are_megabytes_for_all_and_for_single_routes(rendered: dict[str, Any]) -> None:
    assert filter_of(rendered, envoy_filters.BUFFER)["max_request_bytes"] == 2**20
    single = route_of(rendered, "survey-import")["typed_per_filter_config"][envoy_filters.BUFFER]
    assert single["buffer"]["max_request_bytes"] == 10 * 2**20


def test_headers_are_taken_away_and_written(rendered: dict[str, Any]) -> None:
    route = route_of(rendered, "score-docs")
    assert {"X-User-Id", "X-Consumer-Username", "Forwarded"} <= set(route["request_headers_to_remove"])
    assert added(route["request_headers_to_add"])["X-Forwarded-Prefix"] == "/api/v1/score"
    assert added(route["request_headers_to_add"])["X-Forwarded-For"] == "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"


def test_answers_gain_and_lose_headers(changed: Changed) -> None:
    config = {"remove": {"headers": ["Server"]}, "add": {"headers": ["X-A:1", "X-B:a:b"]}}
    document = changed("plugins.response-transformer", config=config)
    mutations = filter_of(document, envoy_filters.HEADERS)["mutations"]["response_mutations"]
    assert added([each["append"] for each in mutations if "append" in each])["X-B"] == "a:b"
    assert "Server" in [each["remove"] for each in mutations if "remove" in each]
    assert added(envoy_filters.response_headers(kong.parse(document))) == {"X-A": "1", "X-B": "a:b"}


def test_cors_is_all_its_fields(changed: Changed) -> None:
    config = {
        "origins": ["https://a.example", "https://b.example"],
        "methods": ["GET", "PUT"],
        "headers": ["X-A"],
        "exposed_headers": ["X-B", "X-C"],
        "credentials": False,
        "max_age": 5,
    }
    host = envoy_routes.virtual_host(kong.parse(changed("plugins.cors", config=config)))
    policy = host["typed_per_filter_config"][envoy_filters.CORS]
    assert policy["allow_origin_string_match"] == [{"exact": "https://a.example"}, {"exact": "https://b.example"}]
    assert (policy["allow_methods"], policy["allow_headers"]) == ("GET,PUT", "X-A")
    assert (policy["expose_headers"], policy["allow_credentials"], policy["max_age"]) == ("X-B,X-C", False, "5")


def test_a_closed_route_answers_itself(rendered: dict[str, Any]) -> None:
    route = route_of(rendered, "closed")
    assert route["direct_response"]["status"] == 404
    assert "route" not in route


@pytest.mark.parametrize(
    ("place", "plugins", "words"),
    [
        ("routes.closed", [], "routes.closed: a route without a service needs request-termination"),
        (USERS, [], "routes.users: a route to a service needs request-transformer"),
    ],
)
def test_a_route_without_its_plugin_is_refused(changed: Changed, place: str, plugins: list[Any], words: str) -> None:
    with pytest.raises(kong.NotExpressible, match=words):
        route_of(changed(place, plugins=plugins), place.rpartition(".")[2])


def test_paths_and_addresses_are_judged_as_kong_judges_them(rendered: dict[str, Any]) -> None:
    manager = envoy.connection_manager(kong.parse(rendered))
    assert manager["normalize_path"] is manager["merge_slashes"] is True
    assert manager["path_with_escaped_slashes_action"] == "REJECT_REQUEST"
    assert (manager["use_remote_address"], manager["xff_num_trusted_hops"]) == (True, 0)
    assert manager["preserve_external_request_id"] is manager["always_set_request_id_in_response"] is True


@pytest.mark.parametrize("status", [400, 401, 404, 413, 429, 431, 503, 504])
def test_errors_are_problem_documents(status: int) -> None:
    mappers = envoy_problems.local_reply_config([])["mappers"]
    by_status = {
        each["filter"]["status_code_filter"]["comparison"]["value"]["default_value"]: each["body_format_override"]
        for each in mappers
    }
    body = by_status[status]
    assert body["content_type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "message", "request_id"} <= set(body["json_format"])
    assert body["json_format"]["detail"] == body["json_format"]["message"]


def test_the_admin_interface_listens_on_a_file_that_only_its_owner_may_open(
    rendered: dict[str, Any], tmp_path: Any
) -> None:
    gateway = envoy.Gateway(tmp_path, "127.0.0.1", 1, tmp_path / "admin.sock")
    gateway.write(kong.parse(rendered))
    admin = json.loads(gateway.bootstrap.read_text())["admin"]["address"]
    assert admin == {"pipe": {"path": str(tmp_path / "admin.sock"), "mode": 0o600}}


def test_two_live_keys_stand_beside_each_other(installation: render.Installation) -> None:
    keys = [public_jwk_of(new_key()) for _ in range(2)]
    document = render.render(render.Installation(keys, installation.upstreams, installation.origins))
    provider = filter_of(document, envoy_filters.JWT)["providers"][envoy_filters.SIGNED_IN]
    assert [key["kid"] for key in json.loads(provider["local_jwks"]["inline_string"])["keys"]] == [
        key["kid"] for key in keys
    ]

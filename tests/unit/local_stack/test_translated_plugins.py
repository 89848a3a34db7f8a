"""Every plugin's fields, found again in Envoy's filters."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local_stack import envoy, envoy_filters, envoy_problems, envoy_routes, kong, render
from local_stack.keys import new_key
from service_kit.tokens import Jwk, public_jwk_of
from tests.unit.local_stack.translated import added, filter_of, route_of

Changed = Callable[..., dict[str, Any]]
USERS = "services.user_service.routes.users"


def test_filters_stand_in_the_order_in_which_kong_runs_its_plugins(rendered: dict[str, Any]) -> None:
    names = [each["name"].rpartition(".")[2] for each in envoy.connection_manager(kong.parse(rendered))["http_filters"]]
    assert names == ["header_mutation", "cors", "jwt_authn", "buffer", "local_ratelimit", "router"]


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


def test_paths_and_addresses_are_judged_as_kong_judges_them(rendered: dict[str, Any]) -> None:
    manager = envoy.connection_manager(kong.parse(rendered))
    assert manager["normalize_path"] is manager["merge_slashes"] is True
    assert manager["path_with_escaped_slashes_action"] == "REJECT_REQUEST"
    assert (manager["use_remote_address"], manager["xff_num_trusted_hops"]) == (True, 0)
    assert manager["preserve_external_request_id"] is manager["always_set_request_id_in_response"] is True


@pytest.mark.parametrize("status", [400, 401, 404, 413, 429, 431, 503, 504])
def test_errors_are_problem_documents(status: int) -> None:
    mappers = envoy_problems.local_reply_config()["mappers"]
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

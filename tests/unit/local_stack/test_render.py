"""What is written into kong.yml, and that nothing else changes."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from local_stack import envoy_routes, envoy_traces, kong, kong_plugins, render, route_map
from local_stack.errors import StackError
from local_stack.layout import Layout
from service_kit.tokens import Jwk


def source() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(render.SOURCE.read_text())
    return document


def routes_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [*document["routes"], *(route for service in document["services"] for route in service["routes"])]


def test_only_keys_upstreams_origins_and_the_factor_are_written(
    rendered: dict[str, Any], installation: render.Installation, public_key: Jwk
) -> None:
    expected = {name: value for name, value in source().items() if name != "_ignore"}
    again = yaml.safe_load(render.to_text(rendered))
    for service in expected["services"]:
        service["host"], service["port"] = installation.upstreams[service["host"]]
    next(each for each in expected["plugins"] if each["name"] == "cors")["config"]["origins"] = installation.origins
    expected["consumers"][0]["jwt_secrets"] = again["consumers"][0]["jwt_secrets"]
    assert again == expected
    (credential,) = again["consumers"][0]["jwt_secrets"]
    assert (credential["key"], credential["algorithm"]) == (public_key["kid"], "ES256")
    assert load_pem_public_key(credential["rsa_public_key"].encode())


def test_the_text_has_no_anchors_left(rendered: dict[str, Any]) -> None:
    text = render.to_text(rendered)
    assert not any(line.strip().startswith(("&", "*")) or ": &" in line or ": *" in line for line in text.splitlines())


def test_the_file_holds_no_secret(rendered: dict[str, Any]) -> None:
    assert "PRIVATE" not in render.to_text(rendered)
    assert source()["consumers"][0]["jwt_secrets"] == []


def test_the_factor_raises_every_limit(installation: render.Installation) -> None:
    raised = render.render(
        render.Installation(installation.public_keys, installation.upstreams, installation.origins, 50)
    )
    file = kong.parse(raised)
    assert file.plugin(kong_plugins.RateLimiting).config.minute == 30_000
    by_address = {
        route.plugin(kong_plugins.RateLimiting).config.minute
        for service in file.services
        for route in service.routes
        if route.plugin(kong_plugins.RateLimiting)
    }
    assert by_address == {3_000}, "shared anchors are multiplied once"


def test_with_a_collector_requests_are_traced(installation: render.Installation, rendered: dict[str, Any]) -> None:
    traced = render.render(dataclasses.replace(installation, traces="http://collector:4318/"))
    assert traced["plugins"][:-1] == rendered["plugins"]
    file = kong.parse(traced)
    plugin = file.plugin(kong_plugins.OpenTelemetry)
    assert plugin.config.traces_endpoint == "http://collector:4318/v1/traces"
    collector = envoy_routes.clusters(file)[-1]
    assert collector["load_assignment"]["cluster_name"] == envoy_traces.COLLECTOR
    assert envoy_traces.address(plugin) == ("collector", 4318)
    assert len(envoy_routes.clusters(kong.parse(rendered))) == len(rendered["services"]), "without one there is none"


@pytest.mark.parametrize(
    "change",
    [
        {"traces_endpoint": "https://collector/v1/traces"},
        {"propagation": {"extract": ["w3c"], "inject": ["w3c"], "default_format": "w3c"}},
        {"sampling_rate": 0.1},
        {"headers": {"Authorization": "x"}},
    ],
)
def test_traces_that_only_one_gateway_would_make_are_refused(
    installation: render.Installation, change: dict[str, Any]
) -> None:
    document = render.render(dataclasses.replace(installation, traces="http://collector:4318"))
    document["plugins"][-1]["config"].update(change)
    with pytest.raises(kong.NotExpressible, match=rf"plugins\.opentelemetry\.config\.{next(iter(change))}"):
        kong.parse(document)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "two", "１"])
def test_a_factor_that_is_no_factor_is_refused(text: str) -> None:
    with pytest.raises(StackError, match="RATE_LIMIT_FACTOR must be a whole number"):
        render.rate_limit_factor({"RATE_LIMIT_FACTOR": text})


def test_production_knows_no_factor() -> None:
    with pytest.raises(StackError, match="in production it must be 1"):
        render.rate_limit_factor({"RATE_LIMIT_FACTOR": "2", "ENVIRONMENT": "production"})
    assert render.rate_limit_factor({"RATE_LIMIT_FACTOR": "1", "ENVIRONMENT": "production"}) == 1
    assert render.rate_limit_factor({}) == 1


def test_upstreams_from_the_command_line(tmp_path: Path, public_key: Jwk) -> None:
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [public_key]}))
    given = render.installation_given(jwks, ["http://a"], ["user_service=users.internal:81"], {})
    assert given.upstreams["user_service"] == ("users.internal", 81)
    assert given.upstreams["score_service"] == ("score_service", 8007)


@pytest.mark.parametrize("upstream", ["users:81", "billing=x:81", "user_service=x", "user_service=x:y"])
def test_an_upstream_that_is_none_is_refused(tmp_path: Path, upstream: str) -> None:
    jwks = tmp_path / "jwks.json"
    jwks.write_text('{"keys": []}')
    with pytest.raises(StackError, match="An upstream is written SERVICE=HOST:PORT"):
        render.installation_given(jwks, ["http://a"], [upstream], {})


def test_every_route_is_open_closed_or_asks_for_a_token_by_choice(rendered: dict[str, Any]) -> None:
    open_routes = {
        route["name"] for route in routes_of(rendered) if "jwt" not in {plugin["name"] for plugin in route["plugins"]}
    }
    docs = {f"{name}-docs" for name in ("user", "profile", "alert", "survey", "score")}
    assert open_routes == {"closed", "sign-in", "public-keys", *docs}


def test_every_route_to_a_service_removes_identities(rendered: dict[str, Any]) -> None:
    for service in rendered["services"]:
        for route in service["routes"]:
            plugins = {plugin["name"]: plugin["config"] for plugin in route["plugins"]}
            assert "X-User-Id" in plugins["request-transformer"]["remove"]["headers"], route["name"]


def test_the_origins_are_the_stacks_own_pages_moved_with_its_ports() -> None:
    origins = Layout(Path("/x"), 100).origins
    assert "http://localhost:8100" in origins
    assert "http://127.0.0.1:3100" in origins
    assert len(origins) == 8


def test_the_route_map_in_the_readme_is_current() -> None:
    text = route_map.README.read_text()
    assert text == route_map.with_current_map(text), "run python -m local_stack route-map"
    assert text != route_map.with_current_map(text.replace("| users |", "| persons |"))[:-1]

"""Kong's services and routes, found again in Envoy's routes and clusters."""

from collections.abc import Callable
from typing import Any

import pytest

from local_stack import envoy_routes, kong
from tests.unit.local_stack.translated import route_of

Changed = Callable[..., dict[str, Any]]
USERS = "services.user_service.routes.users"


def test_a_route_matches_the_whole_path_and_cuts_the_prefix_off(rendered: dict[str, Any]) -> None:
    route = route_of(rendered, "score-docs")
    expression = r"/api/v1/score(/(docs|openapi\.json|static-offline-docs/[a-z.-]+))"
    assert route["match"] == {"safe_regex": {"regex": expression}}
    assert route["route"]["regex_rewrite"] == {"pattern": {"regex": expression}, "substitution": r"\1"}
    assert route["route"]["cluster"] == "score_service"


@pytest.mark.parametrize(
    ("name", "match", "rewrite"),
    [
        ("users", {"path_separated_prefix": "/api/v1/users"}, "/users"),
        ("alert-stream", {"path": "/api/v1/alerts/stream"}, "/alerts/stream"),
        ("public-keys", {"path": "/api/v1/.well-known/jwks.json"}, "/.well-known/jwks.json"),
    ],
)
def test_what_is_a_folder_or_a_single_path_is_compared(
    rendered: dict[str, Any], name: str, match: dict[str, str], rewrite: str
) -> None:
    route = route_of(rendered, name)
    assert route["match"] == match
    assert route["route"]["prefix_rewrite"] == rewrite
    assert "regex_rewrite" not in route["route"]


@pytest.mark.parametrize(
    "path",
    [
        "~/api/v1(?<rest>/users(/.*)?)",  # open at its end
        "~/api/v1(?<rest>/users/)$",
        "~/api/v1(?<rest>/users(/.+)?)$",
        "~/api/v1(?<rest>/users.json)$",
        "~/api/v.(?<rest>/users)$",
        "~/api/v1(?<rest>(/.*)?)$",
    ],
)
def test_whatever_says_more_stays_an_expression(changed: Changed, path: str) -> None:
    assert "safe_regex" in route_of(changed(USERS, paths=[path]), "users")["match"]


def test_the_group_that_stays_is_found_by_its_number(changed: Changed) -> None:
    route = route_of(changed(USERS, paths=["~/(api|rest)/v1(?<rest>/users)$"]), "users")
    assert route["match"]["safe_regex"]["regex"] == "/(api|rest)/v1(/users)"
    assert route["route"]["regex_rewrite"]["substitution"] == r"\2"


def test_an_expression_that_is_open_at_its_end_stays_open(changed: Changed) -> None:
    route = route_of(changed("routes.closed", paths=["~/api/v1/internal(/|$)"]), "closed")
    assert route["match"]["safe_regex"]["regex"] == "/api/v1/internal(/|$).*"


def test_every_path_of_a_route_is_a_route_unless_it_is_closed(rendered: dict[str, Any]) -> None:
    routes = envoy_routes.virtual_host(kong.parse(rendered))["routes"]
    assert sum(route["name"] == "sign-in" for route in routes) == 3
    (closed,) = (route for route in routes if route["name"] == "closed")
    assert closed["match"]["safe_regex"]["regex"].startswith("/api/v1/internal(/|$).*|/api/v1/score-updates/?|")


def test_a_route_of_a_service_can_be_closed_too(changed: Changed) -> None:
    plugins = [{"name": "request-termination", "config": {"status_code": 404, "message": "closed"}}]
    route = route_of(changed(USERS, plugins=plugins), "users")
    assert route["direct_response"]["status"] == 404
    assert "route" not in route


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


def test_every_service_but_the_streams_has_a_bounded_queue(rendered: dict[str, Any]) -> None:
    clusters = {each["name"]: each for each in envoy_routes.clusters(kong.parse(rendered))}
    unbounded = {name for name, cluster in clusters.items() if "circuit_breakers" not in cluster}
    assert unbounded == {"alert_stream"}
    thresholds = clusters["score_service"]["circuit_breakers"]["thresholds"]
    assert thresholds == [{"max_connections": 100, "max_pending_requests": 100}]

"""The collector of the compose file takes what is sent, and hands on nothing of anybody."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from local_stack import envoy_traces, render
from local_stack.layout import PORTS, SERVICES
from service_kit.telemetry import ALLOWED
from tests.support.deployment import COMPOSE_FILES, compose_services
from tests.support.services import ROOT

FOLDER = ROOT / "deploy" / "observability"
CONFIG: dict[str, Any] = yaml.safe_load((FOLDER / "collector.yml").read_text())
PIPELINE: dict[str, list[str]] = CONFIG["service"]["pipelines"]["traces"]
# Of Kong 3.9's span of a request, beside what may stay: who called, and for what.
KONGS = {"http.url", "http.host", "http.scheme", "http.flavor", "http.client_ip", "net.peer.ip", "kong.request.id"}
DEVELOPMENT = compose_services("docker-compose.yml")


def test_every_part_of_the_pipeline_is_described_and_every_description_used() -> None:
    for kind, names in PIPELINE.items():
        assert set(names) == set(CONFIG[kind])
    assert set(CONFIG) == {*PIPELINE, "service"}


def test_what_is_not_named_goes_before_anything_is_handed_on() -> None:
    redaction = CONFIG["processors"]["redaction"]
    assert "redaction" in PIPELINE["processors"]
    assert redaction["allow_all_keys"] is False
    allowed = set(redaction["allowed_keys"])
    assert allowed & (KONGS | set(envoy_traces.NOT_TOLD)) == set()
    assert allowed >= ALLOWED | {"service.name"}, "or what services say would be lost"


def test_it_is_found_by_name_and_finds_jaeger_as_grafana_does() -> None:
    sources = yaml.safe_load((FOLDER / "grafana" / "datasources" / "sources.yml").read_text())["datasources"]
    asked = [CONFIG["exporters"]["otlphttp"]["endpoint"], *(source["url"] for source in sources)]
    assert {urlsplit(url).hostname for url in asked} == {"jaeger", "prometheus"}
    profile = {name for name, service in DEVELOPMENT.items() if "observability" in service.get("profiles", [])}
    assert profile == {"collector", "jaeger", "prometheus", "grafana"}
    port = CONFIG["receivers"]["otlp"]["protocols"]["http"]["endpoint"].rpartition(":")[2]
    assert DEVELOPMENT["collector"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"http://collector:{port}" in (ROOT / ".env.example").read_text()


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_the_gateway_is_told_of_it_with_the_services(file: str) -> None:
    services = compose_services(file)
    told = {name for name, each in services.items() if render.TRACES in each.get("environment", {})}
    assert told == {name for name in services if name.endswith("_service")} | {"installer"}
    upstreams = {name: (name, PORTS[name]) for name in SERVICES}
    traced = render.render(render.Installation([], upstreams, ["http://a", "http://b"], traces="http://collector:4318"))
    plugins = {plugin["name"] for plugin in render.plugins_of(traced)}
    environment = services["kong"]["environment"]
    assert plugins == set(environment["KONG_PLUGINS"].split(","))
    assert environment["KONG_TRACING_INSTRUMENTATIONS"] == "request", "its other kinds of spans have addresses too"


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_every_image_of_others_is_of_one_version(file: str) -> None:
    images = [each["image"] for each in compose_services(file).values() if "build" not in each]
    assert images
    assert [image for image in images if not re.search(r":v?\d[\w.-]*$", image)] == []

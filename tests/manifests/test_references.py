"""What one manifest says of another is true: selectors, ports, secrets, addresses, and who may call whom."""

import importlib
import os
import re
from typing import Any

import pytest
import yaml

from local_stack.handover import LEAVES_AFTER_S
from local_stack.layout import CALLEES, PORTS, SERVICES
from local_stack.supervisor import SERVICE_STOP_S
from tests.support.deployment import CHART, GIVEN, chart_settings
from tools.make_env import make

Manifests = list[dict[str, Any]]
NAMES = {service: service.replace("_", "-") for service in SERVICES}
NAME = "app.kubernetes.io/name"
COLLECTOR = 4318
# Who may call the world beyond the private networks: mails, and webhooks.
OUTSIDE = {"user_service": {465, 587}, "alert_service": {443, 465, 587}}


def of_kind(documents: Manifests, kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in documents if each["kind"] == kind}


def pods(documents: Manifests) -> dict[str, dict[str, Any]]:
    return {name: each["spec"]["template"] for name, each in of_kind(documents, "Deployment").items()}


def selected(documents: Manifests, labels: dict[str, str]) -> list[str]:
    found = pods(documents).items()
    return [name for name, pod in found if labels.items() <= pod["metadata"]["labels"].items()]


def ports(pod: dict[str, Any]) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for each in pod["spec"]["containers"] for port in each["ports"]}


def environment(documents: Manifests, service: str) -> dict[str, Any]:
    (container,) = pods(documents)[NAMES.get(service, service)]["spec"]["containers"]
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


def test_there_is_a_deployment_for_each_service_and_the_gateway(documents: Manifests) -> None:
    assert set(pods(documents)) == {*NAMES.values(), "gateway"}


def test_every_selector_finds_its_own_pods_and_no_others(documents: Manifests) -> None:
    for kind in ("Service", "Deployment", "PodDisruptionBudget"):
        for name, each in of_kind(documents, kind).items():
            selector = each["spec"]["selector"]
            assert selected(documents, selector.get("matchLabels", selector)) == [name], (kind, name)


def test_every_service_leads_to_a_port_that_its_pods_have(documents: Manifests) -> None:
    for name, service in of_kind(documents, "Service").items():
        (port,) = service["spec"]["ports"]
        assert port["targetPort"] in ports(pods(documents)[name])
    for service, name in NAMES.items():
        assert ports(pods(documents)[name]) == {"http": PORTS[service]}


def test_every_probe_asks_a_port_that_is_there(documents: Manifests) -> None:
    for pod in pods(documents).values():
        for container in pod["spec"]["containers"]:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                assert container[probe]["httpGet"]["port"] in ports(pod)


def test_a_pod_leaves_before_it_is_stopped_and_another_is_ready_before_it_leaves(documents: Manifests) -> None:
    kept_s = int(environment(documents, "gateway")["KONG_UPSTREAM_KEEPALIVE_IDLE_TIMEOUT"])
    assert kept_s < LEAVES_AFTER_S
    for name in NAMES.values():
        deployment = of_kind(documents, "Deployment")[name]["spec"]
        assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        pod = deployment["template"]["spec"]
        command = pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
        [(unheard_s, leaving_s)] = re.findall(r"^sleep (\d+); kill -USR1 1; sleep (\d+)$", command[2])
        assert command[:2] == ["sh", "-c"]
        assert int(leaving_s) == LEAVES_AFTER_S
        assert int(unheard_s) + int(leaving_s) + SERVICE_STOP_S < pod["terminationGracePeriodSeconds"]


def test_every_deployment_scales_and_is_guarded(documents: Manifests) -> None:
    targets = {
        each["spec"]["scaleTargetRef"]["name"] for each in of_kind(documents, "HorizontalPodAutoscaler").values()
    }
    assert targets == set(pods(documents)) == set(of_kind(documents, "PodDisruptionBudget"))


def callers(policy: dict[str, Any], port: object) -> set[str]:
    found: set[str] = set()
    for rule in policy["spec"]["ingress"]:
        if {"port": port} in rule["ports"]:
            found |= {each["podSelector"]["matchLabels"][NAME] for each in rule["from"] if "podSelector" in each}
    return found


def test_only_the_gateway_and_named_callers_reach_a_service(documents: Manifests) -> None:
    for service, name in NAMES.items():
        expected = {NAMES[caller] for caller, callees in CALLEES.items() if service in callees}
        policy = of_kind(documents, "NetworkPolicy")[name]
        assert callers(policy, "http") == expected | {"gateway"}
        others = [each for rule in policy["spec"]["ingress"] for each in rule["from"] if "podSelector" not in each]
        assert [each["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for each in others] == [
            "monitoring"
        ]


def test_a_service_reaches_those_it_calls_its_database_names_traces_and_mail_only(documents: Manifests) -> None:
    for service, name in NAMES.items():
        rules = of_kind(documents, "NetworkPolicy")[name]["spec"]["egress"]
        outside = [rule for rule in rules if any("except" in each.get("ipBlock", {}) for each in rule["to"])]
        inside = [rule for rule in rules if rule not in outside]
        reached = {port["port"] for rule in inside for port in rule["ports"]}
        assert reached == {53, 5432, COLLECTOR} | {PORTS[callee] for callee in CALLEES[service]}
        assert {port["port"] for rule in outside for port in rule["ports"]} == OUTSIDE.get(service, set())
        assert all(rule["to"] for rule in rules)


def test_every_policy_is_for_pods_that_are_there(documents: Manifests) -> None:
    clusters = set(of_kind(documents, "Cluster"))
    for name, policy in of_kind(documents, "NetworkPolicy").items():
        labels = policy["spec"]["podSelector"]["matchLabels"]
        assert selected(documents, labels) == [name] or labels["cnpg.io/cluster"] in clusters


def test_a_database_is_reached_by_its_own_service_only(documents: Manifests) -> None:
    for name in of_kind(documents, "Cluster"):
        policy = of_kind(documents, "NetworkPolicy")[name]
        own, itself = policy["spec"]["ingress"]
        assert [each["podSelector"]["matchLabels"][NAME] for each in own["from"]] == [name.replace("-db", "-service")]
        assert {"podSelector": {"matchLabels": {"cnpg.io/cluster": name}}} in itself["from"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_address_a_service_is_told_is_one_of_ours(documents: Manifests, service: str) -> None:
    urls = {key: value for key, value in environment(documents, service).items() if key.endswith("_SERVICE_URL")}
    assert urls == {f"{callee.upper()}_URL": f"http://{NAMES[callee]}:{PORTS[callee]}" for callee in CALLEES[service]}


@pytest.mark.parametrize("service", SERVICES)
def test_secrets_are_named_and_never_written(documents: Manifests, service: str) -> None:
    given = environment(documents, service)
    assert set(given) == chart_settings(service), "what tests/architecture reads from the chart is what helm renders"
    url = given[f"{service.removesuffix('_service').upper()}_DATABASE_URL"]["secretKeyRef"]
    if of_kind(documents, "Cluster"):
        name = service.removesuffix("_service")
        assert url == {"name": f"{name}-db-app", "key": "uri"}
        initial = of_kind(documents, "Cluster")[f"{name}-db"]["spec"]["bootstrap"]["initdb"]
        assert initial == {"database": f"{name}_db", "owner": service}
    else:
        assert url == {"name": NAMES[service], "key": "DATABASE_URL"}
    for name in yaml.safe_load((CHART / "values.yaml").read_text())["services"][service.removesuffix("_service")][
        "secrets"
    ]:
        assert given[name] == {"secretKeyRef": {"name": NAMES[service], "key": name}}
    assert of_kind(documents, "Secret") == {}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_in_production_with_what_the_chart_gives_it(
    documents: Manifests, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {**GIVEN, "REFRESH_KEY": make("REFRESH_KEY"), "FIELD_KEYS": make("A_FIELD_KEYS")}
    for name in os.environ:
        monkeypatch.delenv(name)
    for name, value in environment(documents, service).items():
        monkeypatch.setenv(name, value if isinstance(value, str) else secrets[name])
    assert importlib.import_module(f"{service}.core.settings").Settings().production


def test_the_gateway_reaches_the_services_and_the_collector_and_traces(documents: Manifests) -> None:
    rules = of_kind(documents, "NetworkPolicy")["gateway"]["spec"]["egress"]
    reached = {port["port"] for rule in rules for port in rule["ports"]}
    assert reached == {53, COLLECTOR, *(PORTS[service] for service in SERVICES)}
    assert environment(documents, "gateway")["KONG_TRACING_INSTRUMENTATIONS"] == "request"
    kong = yaml.safe_load(of_kind(documents, "ConfigMap")["gateway"]["data"]["kong.yml"])
    assert {plugin["name"] for plugin in kong["plugins"]} <= set(
        environment(documents, "gateway")["KONG_PLUGINS"].split(",")
    )


def test_the_gateway_is_led_to_the_services(documents: Manifests) -> None:
    kong = yaml.safe_load(of_kind(documents, "ConfigMap")["gateway"]["data"]["kong.yml"])
    upstreams = {(service["host"], service["port"]) for service in kong["services"]}
    assert upstreams == {(NAMES[service], PORTS[service]) for service in SERVICES}


def test_every_container_is_locked_down_and_limited(documents: Manifests) -> None:
    for pod in pods(documents).values():
        assert pod["spec"]["securityContext"]["runAsNonRoot"]
        assert not pod["spec"]["automountServiceAccountToken"]
        for container in pod["spec"]["containers"]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"]
            assert not context["allowPrivilegeEscalation"]
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert {"cpu", "memory"} == set(container["resources"]["limits"])

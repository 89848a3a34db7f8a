"""What kept tools say of the images, the compose files and the chart; every finding that is accepted has its reason."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.manifests.conftest import VALUES, Tools
from tests.support.deployment import CHART, COMPOSE_FILES, GIVEN
from tests.support.services import ROOT
from tools.make_env import complete

DOCKERFILES = ("deploy/Dockerfile", "deploy/stack.Dockerfile")
# Kinds of the operator, which no schema of Kubernetes itself describes.
CUSTOM_KINDS = {"postgresql.cnpg.io/v1/Cluster"}
ACCEPTED = {
    "CKV_K8S_15": "a build's tag never changes, so an image need not be pulled anew at every start",
    "CKV_K8S_21": "the namespace is helm's --namespace, not the chart's",
    "CKV_K8S_35": "settings are read from the environment; private keys are files",
    "CKV_K8S_40": "Kong's image is made for its own user, 1000",
    "CKV_K8S_43": "the registry that an installation names is its own; a digest may be given in the place of a tag",
    "CKV_DOCKER_7": "FROM ${SERVICE} names a stage of the same file",
}


@pytest.mark.parametrize("file", DOCKERFILES)
def test_hadolint_finds_nothing(tools: Tools, file: str) -> None:
    done = tools.run("manifests/bin/hadolint", str(ROOT / file))
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("file", [*COMPOSE_FILES, "docker-compose.yml + tests/compose/embedded.yml"])
def test_compose_understands_its_files(tools: Tools, tmp_path: Path, file: str) -> None:
    environment = tmp_path / "env"
    complete(environment)
    if file == "docker-compose.prod.yml":
        lines = [f"{name}={value}\n" for name, value in GIVEN.items()]
        environment.write_text(environment.read_text() + "".join(lines))
    files = [part for name in file.split(" + ") for part in ("--file", str(ROOT / name))]
    options = ["--env-file", str(environment), "--profile", "*"]
    done = tools.run("manifests/bin/docker-compose", *files, *options, "config", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("file", "asks"), [("docker-compose.yml", "make env"), ("docker-compose.prod.yml", "user_db")])
def test_compose_refuses_to_start_without_its_secrets(tools: Tools, tmp_path: Path, file: str, asks: str) -> None:
    (tmp_path / "env").touch()
    options = ["--file", str(ROOT / file), "--env-file", str(tmp_path / "env")]
    done = tools.run("manifests/bin/docker-compose", *options, "config", "--quiet")
    assert done.returncode != 0
    assert asks in done.stderr


def test_helm_lints_the_chart(helm: Callable[..., subprocess.CompletedProcess[str]], kong_yml: Path) -> None:
    options = [part for value in VALUES for part in ("--set", value)]
    done = helm("lint", "--strict", str(CHART), *options, "--set-file", f"gateway.config={kong_yml}")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_chart_says_what_an_installation_has_left_out(
    helm: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = helm("template", "scores", str(CHART))
    assert done.returncode != 0
    assert re.search(r"(gateway|images|allowedOrigins|trustedProxies)\S*: ", done.stderr)


def test_a_chart_with_traces_is_given_a_gateway_that_makes_them(
    helm: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "kong.yml").write_text("plugins: []")
    options = [part for value in VALUES for part in ("--set", value)]
    done = helm("template", "scores", str(CHART), *options, "--set-file", f"gateway.config={tmp_path / 'kong.yml'}")
    assert done.returncode != 0
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in done.stderr


def refusals(tools: Tools, manifests: Path) -> list[str]:
    """What the schemas of Kubernetes refuse or do not know, but for the operator's kinds."""
    done = tools.run("manifests/bin/kubernetes-validate", "--strict", "--quiet", str(manifests))
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return [line for line in lines if not any(kind.rpartition("/")[2].lower() in line.lower() for kind in CUSTOM_KINDS)]


def test_kubernetes_knows_every_kind_and_field(tools: Tools, manifests: Path) -> None:
    assert refusals(tools, manifests) == []


@pytest.mark.parametrize("change", [("podSelector:", "podSelektor:"), ("policy/v1\n", "policy/v1beta1\n")])
def test_a_wrong_field_or_a_removed_version_would_be_found(
    tools: Tools, manifests: Path, tmp_path: Path, change: tuple[str, str]
) -> None:
    changed = tmp_path / "changed.yaml"
    changed.write_text(manifests.read_text().replace(*change))
    assert refusals(tools, changed) != []


def findings(tools: Tools, framework: str, *what: str) -> set[str]:
    done = tools.run("checkov/bin/checkov", *what, "--framework", framework, "--output", "json", "--quiet")
    reports = json.loads(done.stdout)
    checks = (reports if isinstance(reports, list) else [reports])[0]["results"]["failed_checks"]
    return {check["check_id"] for check in checks}


def test_checkov_finds_nothing_in_the_chart_that_is_not_accepted(tools: Tools, manifests: Path) -> None:
    assert findings(tools, "kubernetes", "--file", str(manifests)) - set(ACCEPTED) == set()


def test_checkov_finds_nothing_in_the_dockerfiles_that_is_not_accepted(tools: Tools) -> None:
    assert findings(tools, "dockerfile", "--directory", str(ROOT / "deploy")) - set(ACCEPTED) == set()

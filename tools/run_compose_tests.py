"""`python -m tools.run_compose_tests kong|embedded`: the compose file, unchanged, built, started and held to its tests.

It needs a docker engine (DOCKER names another client), and the ports of the README free. `kong` pulls kong:3.9.3;
`embedded` puts the embedded gateway, on the same kong.yml, in its place. The project and its volumes are of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.support.compose import PROJECT, Compose

ROOT = Path(__file__).resolve().parent.parent
TESTS = ("tests/compose", "tests/e2e/test_journey.py", "tests/gateway")
KINDS = {"kong": "kong", "embedded": "envoy"}
GATEWAY_URL = "http://127.0.0.1:8000"
START_LIMIT_S = 300
LOG_LINES = 40


def main(gateway: str) -> int:
    with tempfile.TemporaryDirectory(prefix="compose-") as name:
        folder = Path(name)
        environment_file = folder / "env"
        run([sys.executable, "tools/make_env.py", str(environment_file)])
        # The suites of the limits have gateways of their own.
        with environment_file.open("a") as end:
            end.write("RATE_LIMIT_FACTOR=100\n")
        files = ["docker-compose.yml", *(["tests/compose/embedded.yml"] if gateway == "embedded" else [])]
        compose = Compose(
            [os.environ.get("DOCKER", "docker"), "compose", "--project-name", PROJECT]
            + ["--env-file", str(environment_file)]
            + [part for file in files for part in ("--file", file)]
        )
        build(compose)
        try:
            return test(compose, gateway, folder)
        finally:
            compose.run("down", "--volumes", "--remove-orphans", "--timeout", "15")


def build(compose: Compose) -> None:
    """With BuildKit, image by image: some engines' `compose build` still falls back to the classic builder."""
    services: dict[str, Any] = json.loads(compose.run("config", "--format", "json").stdout)["services"]
    for service in services.values():
        if "build" in service:
            build = service["build"]
            arguments = [f"--build-arg={name}={value}" for name, value in build.get("args", {}).items()]
            target = [f"--target={build['target']}"] if "target" in build else []
            tag = f"--tag={service['image']}"
            command = [compose.command[0], "build", "--quiet", f"--file={build['dockerfile']}", tag]
            run([*command, *arguments, *target, build["context"]], DOCKER_BUILDKIT="1")


def test(compose: Compose, gateway: str, folder: Path) -> int:
    started = compose.run("up", "--no-build", "--detach", "--wait", "--wait-timeout", str(START_LIMIT_S), check=False)
    if started.returncode != 0:
        print(started.stderr[-2_000:], compose.run("ps", "--all").stdout, sep="\n")
        print(compose.run("logs", "--no-color", "--tail", str(LOG_LINES)).stdout)
        return 1
    signing_key = folder / "people.pem"
    signing_key.write_text(compose.run("exec", "-T", "user_service", "cat", "/run/secrets/signing_key.pem").stdout)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS],
        cwd=ROOT,
        check=False,
        env={
            **os.environ,
            "COMPOSE_COMMAND": json.dumps(compose.command),
            "GATEWAY_URL": GATEWAY_URL,
            "GATEWAY_KIND": KINDS[gateway],
            "GATEWAY_SIGNING_KEY": str(signing_key),
        },
    ).returncode


def run(command: list[str], **environment: str) -> None:
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, **environment})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

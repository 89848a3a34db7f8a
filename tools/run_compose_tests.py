"""`python -m tools.run_compose_tests kong|embedded`: the compose file, unchanged, built, started and held to its tests.

It needs a docker engine (DOCKER names another client), and the ports of the README free. `kong` pulls kong:3.9.3;
`embedded` puts the embedded gateway, on the same kong.yml, in its place. Its projects and volumes are of its own.
First the whole system; then the gateway alone, with an echo behind it, where its suite sees what arrives.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local_stack.errors import StackError
from tests.support.compose import Compose
from tools.compose import Compose as Client

ROOT = Path(__file__).resolve().parent.parent
GATEWAY_URL = "http://localhost:8000"
KINDS = {"kong": "kong", "embedded": "envoy"}
START_LIMIT_S = "300"
LOG_LINES = "40"
LIMITS = "tests/gateway/test_limits.py"
# The last changes keys, and puts another system in the place of this one.
WHOLE_SYSTEM = ("tests/e2e/test_journey.py", "tests/gateway", "tests/compose")


def main(gateway: str) -> int:
    if gateway not in KINDS:
        sys.exit(f"GATEWAY is {' or '.join(KINDS)}, and not {gateway!r}.")
    try:
        Client()("version")
    except StackError as error:
        sys.exit(f"This needs Docker with its compose plugin. {error}")
    with tempfile.TemporaryDirectory(prefix="compose-") as name:
        folder = Path(name)
        run([sys.executable, "tools/make_env.py", str(folder / "env")])
        override = [] if gateway == "kong" else ["tests/compose/embedded.yml"]
        whole = compose(folder, "credit-score-test", 100, *override)
        build(whole)
        failed = try_out(whole, gateway, folder, {"COMPOSE_GIVEN": "1"}, *WHOLE_SYSTEM)
        echo = {"GATEWAY_ECHO": "1"}
        # Behind a published port all callers have one address, so but for the suite of the limits these are raised.
        for factor, tests in ((100, ["tests/gateway", f"--ignore={LIMITS}"]), (1, [LIMITS])):
            alone = compose(folder, "credit-score-echo", factor, *override, "tests/compose/echo.yml")
            failed |= try_out(alone, gateway, folder, echo, *tests, services=["echo", "kong"])
    return int(failed)


def compose(folder: Path, project: str, rate_limit_factor: int, *overrides: str) -> Compose:
    file = folder / f"env-{rate_limit_factor}"
    file.write_text((folder / "env").read_text() + f"RATE_LIMIT_FACTOR={rate_limit_factor}\n")
    return Compose(
        {
            "COMPOSE_FILE": os.pathsep.join(["docker-compose.yml", *overrides]),
            "COMPOSE_PROJECT_NAME": project,
            "COMPOSE_ENV_FILES": str(file),
        }
    )


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


def try_out(
    compose: Compose, gateway: str, folder: Path, environment: dict[str, str], *tests: str, services: Sequence[str] = ()
) -> bool:
    """Start the services, or all, run the tests on them, and take everything down. True when something failed."""
    try:
        up = ["up", "--no-build", "--detach", "--wait", "--wait-timeout", START_LIMIT_S, *services]
        started = compose.run(*up, check=False)
        if started.returncode != 0:
            print(started.stderr[-2_000:], compose.run("ps", "--all").stdout, sep="\n")
            print(compose.run("logs", "--no-color", "--tail", LOG_LINES).stdout)
            return True
        key = folder / "people.pem"
        compose.run("cp", "installer:/installation/keys/keys/people.pem", str(key))
        given = {"GATEWAY_URL": GATEWAY_URL, "GATEWAY_KIND": KINDS[gateway], "GATEWAY_SIGNING_KEY": str(key)}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
        done = subprocess.run(command, cwd=ROOT, check=False, env={**compose.environment, **given, **environment})
        return done.returncode != 0
    finally:
        compose.run("down", "--volumes", "--remove-orphans", "--timeout", "15")


def run(command: list[str], **environment: str) -> None:
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, **environment})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

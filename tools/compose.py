"""`docker compose` for tools of the host, and the .env that it reads."""

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from typing import IO

from local_stack.errors import StackError
from local_stack.files import write_private
from local_stack.layout import ROOT


class Compose:
    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self.command = [environment.get("DOCKER", "docker"), "compose"]
        self.env_file = ROOT / (environment.get("COMPOSE_ENV_FILES") or ".env")

    def __call__(self, *words: str, source: IO[bytes] | None = None, target: IO[bytes] | None = None) -> str:
        try:
            done = subprocess.run(
                [*self.command, *words], cwd=ROOT, check=False,
                stdin=source or subprocess.DEVNULL, stdout=target or subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise StackError(f"{self.command[0]} is not installed here; DOCKER=... names another client.") from error
        if done.returncode != 0:
            said = (done.stdout or b"") + done.stderr
            raise StackError(f"docker compose {' '.join(words)}:\n{said.decode(errors='replace')[-2_000:]}")
        return (done.stdout or b"").decode()

    def once(self, *words: str, source: IO[bytes] | None = None, target: IO[bytes] | None = None) -> str:
        """Run one command in a container of a service's image and volumes, which then goes."""
        return self("run", "--rm", "--no-deps", "--no-TTY", *words, source=source, target=target)

    def start(self, *services: str) -> None:
        """Have services run with what .env says now, and return when they are healthy."""
        self("up", "--no-build", "--detach", "--no-deps", "--wait", *services)

    def restart(self, *services: str) -> None:
        self("restart", *services)
        self("up", "--no-build", "--detach", "--no-deps", "--no-recreate", "--wait", *services)

    def set(self, values: Mapping[str, str]) -> None:
        """Change lines of .env."""
        lines = self.env_file.read_text().splitlines()
        kept = [line for line in lines if line.partition("=")[0] not in values]
        text = "".join(f"{line}\n" for line in [*kept, *(f"{name}={value}" for name, value in values.items())])
        write_private(self.env_file, text)

    def get(self, names: Iterable[str]) -> dict[str, str]:
        """Values of .env, all of which must be there."""
        found = dict(re.findall(r"^(\w+)=(.+)$", self.env_file.read_text(), re.MULTILINE))
        if missing := sorted(set(names) - set(found)):
            raise StackError(f"{self.env_file} lacks {', '.join(missing)}; make env adds what is missing.")
        return {name: found[name] for name in names}

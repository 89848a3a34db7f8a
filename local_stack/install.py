"""`python -m local_stack.install [FOLDER [SERVICE=HOST:PORT ...]]`: make what an installation is handed, once.

`keys/` keeps every key; each service's folder holds what that service alone may read; `gateway/` holds kong.yml with
the public keys, and ALLOWED_ORIGINS and the like of the environment. What is there already is kept. With `--key` the
key that signs people's tokens is changed, a step at a time (ADR 0025): `next` makes another one known, `sign` signs
with it, and `retire` no longer accepts the one before, `retire-at-once` even where tokens of it are still valid.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from local_stack import keys, render
from local_stack.environment import ACCESS_TOKEN_MINUTES
from local_stack.errors import StackError
from local_stack.files import write_private
from local_stack.layout import SERVICES, Layout

FOLDER = Path("/installation")
SIGNER = "user_service"


def install(folder: Path, environment: Mapping[str, str], upstreams: Sequence[str] = ()) -> None:
    """Raises StackError when the environment asks for something that may not be."""
    origins = [part.strip() for part in environment.get("ALLOWED_ORIGINS", "").split(",") if part.strip()]
    if len(origins) < 2:
        raise StackError("ALLOWED_ORIGINS must name two pages or more: Kong answers a single one to every page.")
    layout = Layout(folder / "keys")
    layout.folder.mkdir(parents=True, exist_ok=True)
    keys.ensure_keys(layout)
    keys.write_public_keys(layout)
    for service in SERVICES:
        for name, text in handed_to(layout, service).items():
            _write(folder / service / name, text)
    jwks = layout.folder / "jwks.json"
    document = render.render(render.installation_given(jwks, origins, upstreams, environment))
    _write(folder / "gateway" / "kong.yml", render.to_text(document), mode=0o644)


def handed_to(layout: Layout, service: str) -> dict[str, str]:
    """The files of one service, by the names under which .env.example knows them."""
    files = {
        "service_key.pem": keys.key_file(layout, service),
        "callers.json": keys.callers_file(layout, service),
        "jwks.json": layout.folder / "jwks.json",
    }
    if service == SIGNER:
        files["signing_key.pem"] = keys.key_file(layout, keys.SIGNING_KEY)
    return {name: file.read_text() for name, file in files.items()}


def _write(file: Path, text: str, mode: int = 0o600) -> None:
    file.parent.mkdir(exist_ok=True)
    write_private(file, text, mode)


def change_key(layout: Layout, step: str, environment: Mapping[str, str]) -> None:
    match step:
        case "next":
            keys.announce_next(layout)
        case "sign":
            until = keys.sign_with_next(
                layout, int(environment.get("ACCESS_TOKEN_EXPIRE_MINUTES") or ACCESS_TOKEN_MINUTES)
            )
            print(f"Tokens are signed with a new key. The old one is accepted until {until:%H:%M %Z}; then retire it.")
        case _:
            keys.retire_previous(layout, at_once=step == "retire-at-once")


def main() -> int:
    parser = argparse.ArgumentParser(prog="install", description=__doc__)
    parser.add_argument("--key", choices=["next", "sign", "retire", "retire-at-once"])
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("upstreams", nargs="*", metavar="SERVICE=HOST:PORT")
    arguments = parser.parse_args()
    try:
        if arguments.key:
            change_key(Layout(arguments.folder / "keys"), arguments.key, os.environ)
        install(arguments.folder, os.environ, arguments.upstreams)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Keys and kong.yml are in {arguments.folder}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

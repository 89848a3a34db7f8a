"""`python3 -m tools.containers COMMAND`: keys, backup and restore of the system that docker compose runs.

It needs Python and docker compose alone. Which files, project and .env are meant, compose itself reads from
COMPOSE_FILE, COMPOSE_PROJECT_NAME and COMPOSE_ENV_FILES; DOCKER names another client.
"""

import argparse
import sys
import time
from pathlib import Path

from local_stack.errors import StackError
from local_stack.layout import BACKUPS, ENCRYPTING, stamp
from tools import container_backups, make_env
from tools.compose import Compose

# Twice the time after which a service looks for new keys, which a test compares with service_kit's.
KEY_IS_KNOWN_S = 35


def rotate_keys(compose: Compose, _: argparse.Namespace) -> None:
    """Sign people's tokens with a new key, and accept the old one until its last token has expired."""
    change_key(compose, "next")
    compose.restart("user_service", "kong")
    print("The new key is published; waiting until every service has fetched it.", flush=True)
    time.sleep(KEY_IS_KNOWN_S)
    print(change_key(compose, "sign"), end="")
    compose.restart("user_service")


def retire_key(compose: Compose, arguments: argparse.Namespace) -> None:
    """Accept the old key no longer; before its last token has expired only --at-once."""
    change_key(compose, "retire-at-once" if arguments.at_once else "retire")
    compose.restart("user_service", "kong")


def change_key(compose: Compose, step: str) -> str:
    return compose.once("installer", "python", "-m", "local_stack.install", "--key", step)


def rotate_field_keys(compose: Compose, _: argparse.Namespace) -> None:
    """Encrypt stored personal data with new keys, and forget the old ones once nothing is under them.

    After an interruption the old keys are all still in .env, and the next run goes over everything again.
    """
    names = {service: f"{service.removesuffix('_service').upper()}_FIELD_KEYS" for service in ENCRYPTING}
    old, new = compose.get(names.values()), {name: make_env.make(name) for name in names.values()}
    compose.set({name: f"{key},{old[name]}" for name, key in new.items()})
    compose.start(*ENCRYPTING)
    for service in ENCRYPTING:
        print(compose("exec", "--no-TTY", service, "python", "-m", "service_kit.reencryption", service), end="")
    compose.set(new)
    compose.start(*ENCRYPTING)


def backup(compose: Compose, arguments: argparse.Namespace) -> None:
    """Write a backup of all five databases, the keys, the audit log's heads and .env."""
    target = Path(arguments.to or BACKUPS / stamp()).absolute()
    container_backups.make(compose, target)
    print(f"{target} is the backup. It holds keys, and people's data: keep it where only you can read it.")


def restore(compose: Compose, arguments: argparse.Namespace) -> None:
    """Put a backup in the place of what is there, and erase in it who was erased since."""
    before = container_backups.restore(compose, arguments.source.absolute(), arguments.erased)
    print("The backup is in place, and docker compose up starts it.")
    if before:
        print(f"What was there is the backup {before}: remove it once you need nothing of it.")


COMMANDS = {
    "rotate-keys": rotate_keys,
    "retire-key": retire_key,
    "rotate-field-keys": rotate_field_keys,
    "backup": backup,
    "restore": restore,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="containers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    parsers = {name: commands.add_parser(name, help=run.__doc__, description=run.__doc__)
               for name, run in COMMANDS.items()}  # fmt: skip
    parsers["retire-key"].add_argument("--at-once", action="store_true")
    parsers["backup"].add_argument("--to", help="a folder that is not there yet; else backups/ and the time")
    parsers["restore"].add_argument("source", type=Path)
    parsers["restore"].add_argument("--erased", type=Path, help="a file of ids, one a line, where no server is left")
    arguments = parser.parse_args()
    try:
        COMMANDS[arguments.command](Compose(), arguments)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Changing keys while people are signed in: the one that signs their tokens, and those of encrypted columns.

A verifier must know a key before the first token of it arrives, and until the last one has expired. So the new key is
published first, signs only when everyone has had time to fetch it, and the old one stays published for a token's life.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import datetime

from local_stack import readiness, stack
from local_stack.environment import ACCESS_TOKEN_MINUTES
from local_stack.errors import StackError
from local_stack.files import write_private
from local_stack.keys import (
    NEXT_KEY,
    SIGNING_KEY,
    ensure_secrets,
    field_keys_of,
    key_file,
    new_field_key,
    new_key,
    previous_file,
    previous_key,
    write_secrets,
)
from local_stack.layout import ENCRYPTING, ROOT, Layout
from local_stack.supervisor import Supervisor
from service_kit.auth import KEYS_REFRESH_S
from service_kit.tokens import public_jwk_of

SIGNER = "user_service"


def rotate(layout: Layout) -> datetime:
    """Return when the old key may be retired. A rotation that was interrupted goes on where it stopped."""
    _refuse_unless_running(layout)
    if previous_key(layout):
        raise StackError("The key before this one is still accepted; run retire-key first.")
    following, signing = key_file(layout, NEXT_KEY), key_file(layout, SIGNING_KEY)
    if not following.exists():
        write_private(following, new_key())
    _publish(layout)
    print("The new key is published; waiting until every service has fetched it.", flush=True)
    time.sleep(2 * KEYS_REFRESH_S)
    accepted_until = time.time() + ACCESS_TOKEN_MINUTES * 60
    previous = {"key": public_jwk_of(signing.read_text()), "accepted_until": accepted_until}
    write_private(previous_file(layout), json.dumps(previous))
    following.replace(signing)
    _publish(layout)
    return datetime.fromtimestamp(accepted_until).astimezone()


def retire(layout: Layout, *, at_once: bool) -> None:
    """Forget the old key. Before its time only `at_once`: who still has a token of it must sign in again."""
    _refuse_unless_running(layout)
    previous = previous_key(layout)
    if previous is None:
        raise StackError("There is no old key to retire.")
    if time.time() < previous["accepted_until"] and not at_once:
        until = datetime.fromtimestamp(previous["accepted_until"]).astimezone()
        raise StackError(f"Tokens of the old key are valid until {until:%H:%M}; retire-key --at-once ends them now.")
    previous_file(layout).unlink()
    _publish(layout)


def rotate_field_keys(layout: Layout) -> None:
    """New keys for encrypted columns: all is written anew under them before the old ones are forgotten.

    After an interruption the old keys are all still there, and the next run goes over everything again.
    """
    _refuse_unless_running(layout)
    secrets = ensure_secrets(layout)
    new = {field_keys_of(service): new_field_key() for service in ENCRYPTING}
    both = {name: f"{key},{secrets[name]}" for name, key in new.items()}
    _restart_with(layout, secrets | both)
    environment = {**os.environ, "LOCAL_DIR": str(layout.folder)}
    for service in ENCRYPTING:
        command = [sys.executable, "-m", "service_kit.reencryption", service]
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0:
            raise StackError(f"The rows of {service} are not all under the new key; run rotate-field-keys again.")
    _restart_with(layout, secrets | new)


def _restart_with(layout: Layout, secrets: Mapping[str, str]) -> None:
    write_secrets(layout, secrets)
    stack.write_settings(layout)
    _restart(layout, ENCRYPTING)


def _refuse_unless_running(layout: Layout) -> None:
    if not Supervisor(layout).is_running():
        raise StackError("The stack is not running; make up starts it.")


def _publish(layout: Layout) -> None:
    """Write the live keys. The gateway takes its file up by itself; the signer reads its keys as it starts."""
    stack.write_settings(layout)
    _restart(layout, [SIGNER])


def _restart(layout: Layout, services: Iterable[str]) -> None:
    supervisor = Supervisor(layout)
    for service in services:
        supervisor.stop_service(service)
        supervisor.start_service(service)
    readiness.wait_until_ready(layout, supervisor, readiness.http_checks(layout))

"""Changing keys while people are signed in: the one that signs their tokens, and those of encrypted columns.

A verifier must know a key before the first token of it arrives, and until the last one has expired. So the new key is
published first, signs only when everyone has had time to fetch it, and the old one stays published for a token's life.
Of encrypted columns likewise: a process reads with the new key before another one, beside it, writes with it.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime

from local_stack import keys
from local_stack.environment import ACCESS_TOKEN_MINUTES
from local_stack.errors import StackError
from local_stack.handover import restart, running_supervisor
from local_stack.keys import ensure_secrets, field_keys_of, new_field_key, write_secrets
from local_stack.layout import ENCRYPTING, ROOT, Layout
from service_kit.auth import KEYS_REFRESH_S

SIGNER = "user_service"
# Every verifier has fetched it twice by then, or once if one of them was not answered.
FETCHED_AFTER_S = 2 * KEYS_REFRESH_S + 5
# A process that hands over signs with the old key to the end: a start's limit and some seconds.
HANDOVER_MINUTES = 3


def rotate(layout: Layout) -> datetime:
    """Return when the old key may be retired. A rotation that was interrupted goes on where it stopped."""
    running_supervisor(layout)
    keys.announce_next(layout)
    restart(layout, [SIGNER])
    print("The new key is published; waiting until every service has fetched it.", flush=True)
    time.sleep(FETCHED_AFTER_S)
    until = keys.sign_with_next(layout, ACCESS_TOKEN_MINUTES + HANDOVER_MINUTES)
    restart(layout, [SIGNER])
    return until


def retire(layout: Layout, *, at_once: bool) -> None:
    """Forget the old key, before its time only `at_once`."""
    running_supervisor(layout)
    keys.retire_previous(layout, at_once=at_once)
    restart(layout, [SIGNER])


def rotate_field_keys(layout: Layout) -> None:
    """New keys for encrypted columns: all is written anew under them before the old ones are forgotten.

    After an interruption the old keys are all still there, and the next run goes over everything again.
    """
    running_supervisor(layout)
    secrets = ensure_secrets(layout)
    new = {field_keys_of(service): new_field_key() for service in ENCRYPTING}
    _restart_with(layout, secrets | {name: f"{secrets[name]},{key}" for name, key in new.items()})
    _restart_with(layout, secrets | {name: f"{key},{secrets[name]}" for name, key in new.items()})
    environment = {**os.environ, "LOCAL_DIR": str(layout.folder)}
    for service in ENCRYPTING:
        command = [sys.executable, "-m", "service_kit.reencryption", service]
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0:
            raise StackError(f"The rows of {service} are not all under the new key; run rotate-field-keys again.")
    _restart_with(layout, secrets | new)


def _restart_with(layout: Layout, secrets: Mapping[str, str]) -> None:
    write_secrets(layout, secrets)
    restart(layout, ENCRYPTING)

"""A backup of the system that docker compose runs, and putting one in its place (ADR 0027)."""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from local_stack.errors import StackError
from local_stack.files import write_private
from local_stack.layout import SERVICES, stamp
from tools.compose import Compose

DATA = "/var/lib/postgresql/data"
# The official image would start a server in whatever folder it is given.
UNPACK_CLUSTER = f"""set -e
find {DATA} -mindepth 1 -delete
tar --extract --directory {DATA}
chown -R postgres:postgres {DATA} && chmod 700 {DATA}
pg_verifybackup --quiet {DATA}"""
# What belongs to the rows, by whose volume it is in: the keys, and the signed heads of the audit log.
VOLUMES = {
    "heads.tar": ("user_service", "/var/lib/credit-score"),
    "keys.tar": ("installer", "/installation/keys"),
}


def make(compose: Compose, target: Path) -> None:
    """Write a backup to `target`, which is whole or absent. Nobody has to wait while it is made."""
    if target.exists():
        raise StackError(f"{target} is there already.")
    compose.start("postgres")
    unfinished = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    # Before the cut: a signed head of the audit log that is newer than the log would look like a log cut short.
    for name, (service, folder) in VOLUMES.items():
        with (unfinished / name).open("wb") as file:
            compose.once(service, "tar", "--create", "--directory", folder, ".", target=file)
    shutil.copy2(compose.env_file, unfinished / "env")
    options = ["--format=tar", "--wal-method=fetch", "--checkpoint=fast", "--manifest-checksums=SHA256"]
    with (unfinished / "cluster.tar").open("wb") as file:
        command = ["pg_basebackup", "--username=postgres", "--pgdata=-", *options]
        compose("exec", "--no-TTY", "postgres", *command, target=file)
    write_private(unfinished / "sums.json", json.dumps(_sums(unfinished), indent=1))
    unfinished.rename(target)


def restore(compose: Compose, source: Path, erased: Path | None) -> Path | None:
    """Put a backup in the place of what is there; return the backup that was made of that before.

    Who was erased since is asked of the server that is there. `erased` has their ids where there is none any more, and
    then nothing is asked or kept.
    """
    refuse_unless_whole(source)
    before = None
    if erased is None:
        people = _erased(compose)
        before = source.with_name(f"before-{stamp()}")
        make(compose, before)
    else:
        people = set(erased.read_text().split())
    write_private(compose.env_file, (source / "env").read_text())
    compose("down", "--remove-orphans")
    with (source / "cluster.tar").open("rb") as file:
        compose.once("--user=root", "--entrypoint=sh", "postgres", "-c", UNPACK_CLUSTER, source=file)
    for name, (service, folder) in VOLUMES.items():
        with (source / name).open("rb") as file:
            unpack = f"find {folder} -mindepth 1 -delete && tar --extract --directory {folder}"
            compose.once(service, "sh", "-c", unpack, source=file)
    compose.once("installer")
    _erase(compose, people)
    return before


def refuse_unless_whole(source: Path) -> None:
    try:
        sums = json.loads((source / "sums.json").read_text())
    except (OSError, ValueError) as error:
        raise StackError(f"{source} is not a backup that has been finished.") from error
    found = _sums(source)
    if wrong := sorted(name for name in sums.keys() | found.keys() if sums.get(name) != found.get(name)):
        raise StackError(f"The backup is damaged: {', '.join(wrong)} is not what it was.")


def _sums(folder: Path) -> dict[str, str]:
    found = {}
    for file in folder.iterdir():
        if file.name != "sums.json":
            with file.open("rb") as content:
                found[file.name] = hashlib.file_digest(content, "sha256").hexdigest()
    return found


def _erased(compose: Compose) -> set[str]:
    """Everyone who is erased in any service: an erasure may not have reached all of them yet."""
    try:
        # An empty volume would become a new server, which knows nobody and so would name nobody.
        compose.once("--entrypoint=test", "postgres", "-s", f"{DATA}/PG_VERSION")
        compose.start("postgres")
        lists = [compose.once(service, "python", "-m", "service_kit.erasures", "list", service) for service in SERVICES]
    except StackError as error:
        raise StackError(
            f"{error}\nWho was erased since the backup cannot be asked here. If that cannot be mended, give their ids "
            "with --erased, a file with one a line, or /dev/null if there was nobody."
        ) from error
    return set("".join(lists).split())


def _erase(compose: Compose, people: set[str]) -> None:
    compose.start("postgres")
    for service in SERVICES:
        with tempfile.TemporaryFile() as ids:
            ids.write("\n".join(sorted(people)).encode())
            ids.seek(0)
            command = ["python", "-m", "service_kit.erasures", "reapply", service]
            print(compose.once(service, *command, source=ids), end="", flush=True)

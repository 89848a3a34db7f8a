"""Backing the embedded stack up, and restoring it (ADR 0027).

All five databases are on one server, so a base backup of it is one cut through all of them, made while they work.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local_stack import environment, keys, postgres, stack
from local_stack.errors import StackError
from local_stack.files import write_private
from local_stack.layout import ROOT, SERVICES, Layout, stamp
from local_stack.supervisor import INHERITED, Supervisor

# Of the stack's folder; everything else in it is made anew from these.
KEPT = ("keys", "secrets.json", "demo.json", "audit-heads")


@dataclass(frozen=True)
class Backup:
    """A folder with a copy of the server, what of the stack's folder belongs to it, and sums over both."""

    folder: Path

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def stack(self) -> Path:
        return self.folder / "stack"

    @property
    def sums(self) -> Path:
        return self.folder / "sums.json"


def make(layout: Layout, target: Path) -> None:
    """Write a backup of the running stack to `target`, which is whole or absent."""
    if not Supervisor(layout).is_running():
        raise StackError("The stack is not running; make up starts it.")
    if target.exists():
        raise StackError(f"{target} is there already.")
    unfinished = Backup(target.with_name(f"{target.name}.unfinished"))
    shutil.rmtree(unfinished.folder, ignore_errors=True)
    unfinished.stack.mkdir(mode=0o700, parents=True)
    unfinished.folder.chmod(0o700)
    # Before the cut: a signed head of the audit log that is newer than the log would look like a log cut short.
    for name in KEPT:
        _copy(layout.folder / name, unfinished.stack / name)
    _copy(layout.postgres_folder / "password", unfinished.stack / "password")
    server = stack.server_of(layout)
    options = ["--wal-method=stream", "--checkpoint=fast", "--manifest-checksums=SHA256", "--no-password"]
    address = ["--host=127.0.0.1", f"--port={server.port}", f"--username={postgres.ADMIN}"]
    password = {"PGPASSWORD": (layout.postgres_folder / "password").read_text()}
    _run(server, "pg_basebackup", f"--pgdata={unfinished.cluster}", *options, *address, **password)
    write_private(unfinished.sums, json.dumps(_sums(unfinished), indent=1))
    unfinished.folder.rename(target)


def restore(layout: Layout, source: Backup, erased: Path | None) -> str:
    """Put a backup in the stack's place and return the name under which what was there is kept.

    The stack is stopped. Until the backup runs and everyone who was erased since is erased in it, nothing is replaced.
    `erased` has the ids of erased people, one a line, for when the server as it is cannot be asked any more.
    """
    here = postgres.found(layout.postgres_folder, layout.port("postgres"))
    refuse_unless_whole(source, here)
    if erased is None and not here.data.exists():
        raise StackError(
            "There is no server here that could say who was erased since the backup: give their ids with ERASED=..., a "
            "file with one a line, or ERASED=/dev/null if there was nobody."
        )
    known = _known(erased)
    stack.down(layout)
    people = _erased(layout, here) if known is None else known
    restored = Layout(layout.folder / "restored", layout.port_offset)
    with _temporary(restored):
        _unpack(source, restored)
        with _started(postgres.found(restored.postgres_folder, restored.port("postgres"))):
            print(_erasures(restored, "reapply", people), end="", flush=True)
        return _replace(layout, restored)


def refuse_unless_whole(source: Backup, server: postgres.Server) -> None:
    """Raises StackError for what is no backup, is damaged or incomplete, or is of another PostgreSQL."""
    try:
        sums = json.loads(source.sums.read_text())
        version = (source.cluster / "PG_VERSION").read_text().strip()
    except (OSError, ValueError) as error:
        raise StackError(f"{source.folder} is not a backup that make backup has finished.") from error
    found = _sums(source)
    if wrong := sorted(name for name in sums.keys() | found.keys() if sums.get(name) != found.get(name)):
        raise StackError(f"The backup is damaged: {', '.join(wrong)} is not what it was.")
    _run(server, "pg_verifybackup", "--quiet", str(source.cluster))
    own = re.search(r"\d+", _run(server, "postgres", "--version"))
    if own is None or own.group() != version:
        raise StackError(f"The backup is of PostgreSQL {version}, and here is {own and own.group()}.")


def _sums(backup: Backup) -> dict[str, str]:
    """PostgreSQL's manifest has the sums of the server's files but for its log, so its own sum covers the others."""
    files = [backup.cluster / "backup_manifest", *(backup.cluster / "pg_wal").rglob("*"), *backup.stack.rglob("*")]
    return {
        str(file.relative_to(backup.folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.is_file()
    }


def _known(erased: Path | None) -> str | None:
    try:
        return erased.read_text() if erased else None
    except OSError as error:
        raise StackError(f"{erased} cannot be read: {error.strerror}.") from error


def _erased(layout: Layout, server: postgres.Server) -> str:
    """Everyone who is erased in any service: an erasure may not have reached all of them yet."""
    try:
        with _started(server):
            return _erasures(layout, "list")
    except StackError as error:
        raise StackError(f"{error}\nIf it cannot be mended, give the ids of erased people with ERASED=...") from error


def _erasures(layout: Layout, command: str, people: str = "") -> str:
    # Not the caller's other variables: the address of another database among them would be taken for ours.
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "service_kit.erasures", command, *SERVICES],
        cwd=ROOT, env={**inherited, "LOCAL_DIR": str(layout.folder), "PORT_OFFSET": str(layout.port_offset)},
        input=people, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise StackError(f"The erasures could not be read or made:\n{done.stderr[-2_000:]}")
    return done.stdout


@contextmanager
def _temporary(restored: Layout) -> Iterator[None]:
    """The place where a backup is made ready, gone before and after."""
    places = (restored.folder, restored.postgres_folder)
    try:
        for place in places:
            shutil.rmtree(place, ignore_errors=True)
        yield
    finally:
        for place in places:
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _started(server: postgres.Server) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        server.stop()


def _unpack(source: Backup, restored: Layout) -> None:
    restored.folder.mkdir(mode=0o700)
    for name in KEPT:
        _copy(source.stack / name, restored.folder / name)
    postgres.adopt(restored.postgres_folder, source.cluster, (source.stack / "password").read_text())
    keys.write_public_keys(restored)
    environment.write_env_files(restored, keys.ensure_secrets(restored))


def _replace(layout: Layout, restored: Layout) -> str:
    aside = f"replaced-{stamp()}"
    places = [(layout.folder, restored.folder, name) for name in KEPT]
    places += [(layout.postgres_folder, restored.postgres_folder, name) for name in ("data", "password")]
    for old, new, name in places:
        if (old / name).exists():
            (old / name).rename(old / f"{name}.{aside}")
        if (new / name).exists():
            (new / name).rename(old / name)
    return aside


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)


def _run(server: postgres.Server, program: str, *options: str, **environment: str) -> str:
    """A client of PostgreSQL's, run as oneself."""
    done = subprocess.run(
        [str(server.binaries / program), *options],
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise StackError(f"{program} refused: {done.stderr.strip()[-2_000:]}")
    return done.stdout

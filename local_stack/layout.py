"""Names, ports and places of the embedded stack: the only module that knows them."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from local_stack.errors import StackError
from local_stack.files import write_private

ROOT = Path(__file__).resolve().parent.parent
ROOTS_DATA = Path("/var/lib/credit-score-backend")
BACKUPS = ROOT / "backups"

SERVICES = ("user_service", "profile_service", "alert_service", "survey_service", "score_service")
PORTS = {
    "gateway": 8000,
    "gateway_admin": 8001,
    "user_service": 8002,
    "profile_service": 8003,
    "alert_service": 8004,
    "survey_service": 8005,
    "score_service": 8007,
    "postgres": 15432,
    "mailbox": 1025,
}
PAGE_PORTS = (3000, 5173, 1337)
PORT_OFFSET_MAX = 65_535 - max(PORTS.values())

# Variables of whoever starts the stack that it heeds.
WISHES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "RATE_LIMIT_FACTOR")

# supervisor would take the one for the start of a variable and the other for the end of a value.
UNUSABLE_SIGNS = ("%", '"')

# Who may call whom with its own token. All follow the user service's revocations.
CALLEES: Mapping[str, tuple[str, ...]] = {
    "user_service": ("profile_service", "alert_service", "survey_service", "score_service"),
    "profile_service": ("user_service", "alert_service", "score_service"),
    "alert_service": ("user_service",),
    "survey_service": ("user_service",),
    "score_service": ("user_service", "alert_service", "survey_service"),
}

# Who has encrypted columns, and so keys for them.
ENCRYPTING = ("user_service", "profile_service", "alert_service")

# The longest path of a unix socket is 107 bytes, and supervisor binds a longer name first, with its process id.
SOCKET_PATH_MAX = 107 - len(".4194304")


@dataclass(frozen=True)
class Layout:
    """One stack: the folder with everything it writes, and by how much its ports are moved."""

    folder: Path
    port_offset: int = 0

    def port(self, name: str) -> int:
        return PORTS[name] + self.port_offset

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port(name)}"

    @property
    def origins(self) -> list[str]:
        """The pages that browsers may call from: the gateway's own and those of the usual development servers."""
        ports = [self.port("gateway"), *(port + self.port_offset for port in PAGE_PORTS)]
        return [f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in ports]

    @property
    def app_url(self) -> str:
        """Where links in mails lead: the web app's usual development server."""
        return f"http://localhost:{PAGE_PORTS[1] + self.port_offset}"

    @cached_property
    def sockets(self) -> Path:
        """The stack's folder, or a private one with a short name when a socket's path would be too long there."""
        if len(str(self.folder / "supervisor.sock")) <= SOCKET_PATH_MAX:
            return self.folder
        return private_folder(Path(tempfile.gettempdir()) / f"csb-{os.getuid()}-{short_hash(self.folder)}")

    @property
    def postgres_folder(self) -> Path:
        return postgres_folder(self.folder)

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    @property
    def mail_folder(self) -> Path:
        return self.folder / "mail"

    def env_file(self, service: str) -> Path:
        return self.folder / f"{service}.env"

    def remember_offset(self) -> None:
        self._remember(port_offset=self.port_offset)

    def remembered_offset(self) -> int:
        """The offset this folder's stack was last started with."""
        return int(self._memory().get("port_offset", 0))

    def remember_wishes(self, wishes: Mapping[str, str]) -> None:
        self._remember(wishes={name: wishes[name] for name in WISHES if name in wishes})

    def wishes(self) -> dict[str, str]:
        """What this folder's stack was last started with, for the commands that change it while it runs."""
        return dict(self._memory().get("wishes", {}))

    def _remember(self, **facts: object) -> None:
        write_private(self.folder / "stack.json", json.dumps({**self._memory(), **facts}))

    def _memory(self) -> dict[str, Any]:
        file = self.folder / "stack.json"
        return dict(json.loads(file.read_text())) if file.exists() else {}


def postgres_folder(stack_folder: Path) -> Path:
    """Root's PostgreSQL runs as `nobody`, who may not pass through a checkout under /root."""
    return ROOTS_DATA / short_hash(stack_folder) if os.getuid() == 0 else stack_folder / "postgres"


def stamp() -> str:
    """This moment, as backups are named after it."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def short_hash(folder: Path) -> str:
    return hashlib.sha256(f"{ROOT}\0{folder}".encode()).hexdigest()[:16]


def private_folder(path: Path) -> Path:
    """Create a folder of one's own among others' in a public place. Raises StackError if somebody else was first."""
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if path.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise StackError(f"{path} is not a private folder of yours. Remove it, or set TMPDIR to another folder.")
    return path


def current_layout(environment: Mapping[str, str] = os.environ) -> Layout:
    """The stack that LOCAL_DIR and PORT_OFFSET name; without an offset, the one the stack was started with."""
    folder = Path(environment.get("LOCAL_DIR") or ROOT / ".local").absolute()
    if any(sign in f"{ROOT}{folder}" for sign in UNUSABLE_SIGNS):
        raise StackError(f"supervisor cannot use a path with one of {' '.join(UNUSABLE_SIGNS)} in it: {folder}")
    given = environment.get("PORT_OFFSET")
    return Layout(folder, _offset(given) if given else Layout(folder).remembered_offset())


def _offset(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > PORT_OFFSET_MAX:
        raise StackError(f"PORT_OFFSET must be a whole number from 0 to {PORT_OFFSET_MAX}, and is {text!r}.")
    return int(text)

"""The file of signed heads: what the newest entry of the audit log was, out of reach of its database (ADR 0017)."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from service_kit.tokens import KeySet, SigningKey, TokenError

HEAD = "audit-head+jwt"


class HeadsFile:
    """One signed line for each head that was seen. Lines are only ever added."""

    def __init__(self, path: Path, key: SigningKey) -> None:
        self._path, self._key = path, key
        self._noted = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._append(b"")

    def note(self, position: int, hash_: bytes) -> None:
        """Add a head unless it is the one noted last. Returns when the disk has it."""
        if position == self._noted:
            return
        claims = {"position": position, "hash": hash_.hex(), "at": datetime.now(UTC).isoformat()}
        self._append(self._key.sign(claims, HEAD).encode() + b"\n")
        self._noted = position

    def _append(self, line: bytes) -> None:
        # One write, so that lines of several processes never mix.
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line)
            os.fsync(file)
        finally:
            os.close(file)


def read_heads(path: Path, keys: KeySet) -> Iterator[tuple[int, bytes] | None]:
    """Position and hash of each line's head; None for a line that is no head of ours."""
    with path.open() as lines:
        for line in lines:
            try:
                claims = keys.open(line.strip(), HEAD)
                yield int(claims["position"]), bytes.fromhex(claims["hash"])
            except (TokenError, KeyError, ValueError, TypeError):
                yield None

"""Single columns encrypted at rest, with keys that can be changed (ADR 0019).

The keys reach the type by the dialect of the engine that runs a statement, so statements stay plain Core and two
engines of one process never share keys. `reencryption.py` brings stored values under the first key.
"""

from typing import Any
from weakref import WeakKeyDictionary

from cryptography.fernet import Fernet, MultiFernet
from pydantic import SecretStr
from sqlalchemy import Dialect, Text, TypeDecorator

_ciphers: WeakKeyDictionary[Dialect, MultiFernet] = WeakKeyDictionary()


class EncryptedText(TypeDecorator[Any]):
    """Text that is stored as a Fernet token. It cannot be searched for: one text is another token each time."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else cipher_of(dialect).encrypt(value.encode()).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else cipher_of(dialect).decrypt(value).decode()


def cipher(field_keys: SecretStr) -> MultiFernet:
    """Of comma-separated Fernet keys: the first encrypts, all decrypt. Raises ValueError for anything else."""
    return MultiFernet([Fernet(key.strip()) for key in field_keys.get_secret_value().split(",")])


def use_keys(dialect: Dialect, field_keys: SecretStr | None) -> None:
    """Let statements that run with this engine's dialect read and write `EncryptedText`."""
    if field_keys is not None:
        _ciphers[dialect] = cipher(field_keys)


def cipher_of(dialect: Dialect) -> MultiFernet:
    try:
        return _ciphers[dialect]
    except KeyError:
        raise RuntimeError("FIELD_KEYS is needed to read and write encrypted columns") from None
